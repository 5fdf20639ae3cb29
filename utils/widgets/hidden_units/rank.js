/**
 * The search for units, on packed values: one byte each, so counting replaces sorting.
 * A unit's AUC is the chance that a character inside has a larger value than one outside.
 */

/** How often each byte occurs. @param {Uint8Array} row */
export function histogram(row) {
	const counts = new Uint32Array(255);
	for (let i = 0; i < row.length; i++) counts[row[i]] += 1;
	return counts;
}

/**
 * @param {Uint8Array} row a unit's values
 * @param {Uint32Array} total its histogram
 * @param {number[]} places the characters inside, each once
 * @returns {number} NaN if nothing or everything is inside
 */
export function auc(row, total, places) {
	const inside = new Uint32Array(255);
	for (const place of places) inside[row[place]] += 1;
	let below = 0;
	let wins = 0;
	for (let level = 0; level < 255; level++) {
		const outside = total[level] - inside[level];
		wins += inside[level] * (below + outside / 2);
		below += outside;
	}
	return wins / (places.length * below);
}

/** How much a score tells: an AUC of 0.1 as much as one of 0.9, none at all nothing. @param {number} score */
export const strength = (score) => (score >= 0 ? Math.max(score, 1 - score) : 0);

/** Places inside, from lengths of equal values; the first length is of places outside. @param {number[]} runs */
export function placesOf(runs) {
	let at = 0;
	return runs.flatMap((length, i) => {
		at += length;
		return i % 2 ? Array.from({ length }, (_, k) => at - length + k) : [];
	});
}

/** Places inside any of some spans, both ends in, each once. @param {number[][]} spans */
export function placesIn(spans) {
	/** @type {Set<number>} */
	const places = new Set();
	for (const [a, b] of spans) for (let i = Math.min(a, b); i <= Math.max(a, b); i++) places.add(i);
	return [...places];
}

/**
 * The places of a unit's values farthest from 0, at least `gap` characters from each other.
 * @param {Uint8Array} row @param {number} count @param {number} gap
 */
export function peaks(row, count, gap) {
	const far = new Int16Array(row).map((level) => Math.abs(level - 127));
	/** @type {number[]} */
	const found = [];
	while (found.length < count) {
		let best = 0;
		for (let i = 1; i < far.length; i++) if (far[i] > far[best]) best = i;
		if (far[best] < 0) break;
		found.push(best);
		far.fill(-1, Math.max(0, best - gap), best + gap + 1);
	}
	return found;
}
