/**
 * Which trained run a choice stands for. A slider moves over values that were trained, and the
 * other settings stay as near as the trained runs allow: what is drawn was always measured.
 * @typedef {import("./schedule.js").Spec & { finalLoss: number | null, finalAccuracy: number | null,
 *   spread: number | null, seeds: number, divergedAt: number, divergedSeeds: number,
 *   constant: number | null }} Run
 */

/** The settings of a run as one flat record: rate, factor, warmup, decays, and m0, m1, ... @param {Run} run @returns {Record<string, number>} */
export function settings(run) {
	/** @type {Record<string, number>} */
	const flat = { rate: run.rate };
	if (run.name !== "one_cycle") flat.warmup = run.warmup;
	if (run.name !== "step") return flat;
	flat.factor = run.factor;
	flat.decays = run.milestones.length;
	run.milestones.forEach((m, i) => {
		flat[`m${i}`] = m;
	});
	return flat;
}

/** @param {Run[]} runs @returns {string[]} schedule names in order of first use */
export function names(runs) {
	return [...new Set(runs.map((run) => run.name))];
}

/**
 * Trained values of one setting, rising, among runs of the same schedule (and number of decays).
 * @param {Run[]} runs
 * @param {Run} current
 * @param {string} key
 */
export function choices(runs, current, key) {
	const alike = runs.filter(
		(run) =>
			run.name === current.name &&
			(key === "decays" || run.milestones.length === current.milestones.length),
	);
	const values = alike.map((run) => settings(run)[key]).filter((value) => value !== undefined);
	return [...new Set(values)].sort((a, b) => a - b);
}

/**
 * Index of the run nearest to the current one with one setting changed.
 * @param {Run[]} runs
 * @param {Run} current
 * @param {string} key "name" or a key of `settings`
 * @param {any} value
 */
export function pick(runs, current, key, value) {
	const wanted = { ...settings(current), [key]: value };
	const name = key === "name" ? value : current.name;
	let best = runs.indexOf(current);
	let least = Number.POSITIVE_INFINITY;
	runs.forEach((run, i) => {
		if (run.name !== name) return;
		const cost = distance(settings(run), wanted, key);
		if (cost < least) [best, least] = [i, cost];
	});
	return best;
}

/** @param {Record<string, number>} flat @param {Record<string, any>} wanted @param {string} key the setting that counts most */
function distance(flat, wanted, key) {
	let cost = 0;
	for (const [name, value] of Object.entries(flat)) {
		if (wanted[name] === undefined) continue;
		const logarithmic = name === "rate" || name === "factor";
		const gap = logarithmic ? Math.log(value / wanted[name]) : value - wanted[name];
		cost += Math.abs(gap) * (name === key ? 1e6 : name === "decays" ? 1e3 : 1);
	}
	return cost;
}
