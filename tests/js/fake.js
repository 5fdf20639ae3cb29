import assert from "node:assert/strict";

/** A canvas context that remembers what it was told. `texts` are the words drawn, with their places. */
export function fakeContext() {
	const texts = [];
	const points = [];
	const known = {
		texts,
		points,
		measureText: (words) => ({ width: 7.5 * words.length }),
		fillText: (words, x, y) =>
			texts.push({ words, x, y, align: context.textAlign, baseline: context.textBaseline }),
		moveTo: (x, y) => points.push([x, y]),
		lineTo: (x, y) => points.push([x, y]),
	};
	const context = new Proxy(known, {
		get: (target, name) => (name in target ? target[name] : () => {}),
	});
	return context;
}

export const COLORS = Object.fromEntries(
	["ink", "muted", "line", "ground", "soft", "accent", "second", "faint", "warn"].map((name) => [
		name,
		name,
	]),
);

/** The words' boxes, at 7.5 pixels a letter and 14 a line. */
export function boxesOf(texts) {
	return texts.map(({ words, x, y, align, baseline }) => {
		const width = 7.5 * words.length;
		const left = align === "right" ? x - width : align === "center" ? x - width / 2 : x;
		const top = y - { top: 0, middle: 7, alphabetic: 11 }[baseline];
		return { words, left, right: left + width, top, bottom: top + 14 };
	});
}

/** Asserts that all words drawn lie in the view and none upon another. */
export function assertReadable(texts, width, { slack = [2, 2], bottom = Infinity } = {}) {
	const words = boxesOf(texts);
	for (const one of words) {
		assert.ok(one.left >= -slack[0], `${one.words} is cut on the left at width ${width}`);
		assert.ok(one.right <= width + slack[1], `${one.words} is cut on the right at width ${width}`);
		if (bottom < Infinity) assert.ok(one.top >= 0 && one.bottom <= bottom, `${one.words} is cut`);
		for (const other of words) {
			const apart =
				one === other ||
				one.right <= other.left ||
				other.right <= one.left ||
				one.bottom <= other.top ||
				other.bottom <= one.top;
			assert.ok(apart, `"${one.words}" and "${other.words}" overlap at width ${width}`);
		}
	}
}
