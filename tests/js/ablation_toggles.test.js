import assert from "node:assert/strict";
import { test } from "node:test";
import {
	draw,
	layout,
	name,
	ranking,
	rowAt,
	summary,
	switched,
} from "../../utils/widgets/ablation_toggles/draw.js";
import { boxesOf, COLORS, fakeContext } from "./fake.js";

const TEXT = {
	residual: "residual",
	norm: "layer norm",
	positions: "positions",
	heads: "four heads",
	all: "all parts",
	chosen: "this model",
	without: "without {parts}",
	join: ", ",
	curveTitle: "exact translations, validation",
	updatesAxis: "updates",
	waysTitle: "exact translations, test, every way",
	waysAxis: "■ part on   □ part off",
	score: "{way}: {mean} exact ({low} to {high} over {seeds} seeds).",
	same: "{points} points.",
	whole: "The whole model.",
};
const ON = Array.from({ length: 16 }, (_, i) => [8, 4, 2, 1].map((bit) => (i & bit ? 0 : 1)));

function measured() {
	const final = ON.map((way) => (way[0] ? 0.3 + 0.3 * way[2] + 0.1 * way[1] : 0.01));
	const curves = (shift) => final.map((end) => [0.2, 0.7, 1].map((part) => part * end + shift));
	const shifted = (shift) => final.map((end) => end + shift);
	return {
		on: ON,
		updates: [200, 400, 600],
		seeds: 3,
		exact: { mean: curves(0), low: curves(-0.005), high: curves(0.005) },
		test: { mean: shifted(0), low: shifted(-0.01), high: shifted(0.01) },
		source: ["four hundred and eight"],
		target: ["quatre cent huit"],
		answers: final.map(() => ["quatre cent huit"]),
	};
}

test("every switch leads to the row without its part, and back", () => {
	const data = measured();
	for (const row of ON.keys()) {
		for (const part of [0, 1, 2, 3]) {
			const other = switched(data, row, part);
			assert.equal(ON[other][part], 1 - ON[row][part]);
			assert.equal(switched(data, other, part), row);
		}
	}
});

test("the ways stand from the best to the worst, and a place stands for its way", () => {
	const data = measured();
	const ranked = ranking(data);
	for (let i = 1; i < 16; i++) {
		assert.ok(data.test.mean[ranked[i - 1]] >= data.test.mean[ranked[i]]);
	}
	const { ways } = layout(1000);
	const step = (ways.bottom - ways.top) / 16;
	for (const [rank, row] of ranked.entries()) {
		assert.equal(rowAt(data, ways, ways.left + 5, ways.top + (rank + 0.5) * step), row);
	}
	assert.equal(rowAt(data, ways, ways.left - 200, ways.top + 5), -1);
	assert.equal(rowAt(data, ways, ways.left + 5, ways.bottom + 5), -1);
});

test("the words name what is off, its score and its distance from the whole", () => {
	const data = measured();
	assert.equal(name(data, 0, TEXT), "all parts");
	assert.equal(name(data, 6, TEXT), "without layer norm, positions");
	const words = summary(data, 2, TEXT);
	assert.match(words, /^Without positions: 40\.0/);
	assert.match(words, /39\.0.* to 41\.0.* over 3 seeds/);
	assert.match(words, /−30\.0 points/);
	assert.match(summary(data, 0, TEXT), /The whole model\.$/);
});

for (const width of [390, 700, 1000]) {
	test(`nothing written stands on something else at ${width} pixels`, () => {
		const data = measured();
		for (const row of [0, 2, 8, 15]) {
			const ctx = fakeContext();
			const boxes = layout(width);
			draw(ctx, data, row, boxes, TEXT, COLORS);
			const words = boxesOf(ctx.texts);
			for (const box of words) {
				assert.ok(box.left >= 0 && box.right <= width + 8, box.words);
				assert.ok(box.bottom <= boxes.height, box.words);
			}
			for (const [i, a] of words.entries()) {
				for (const b of words.slice(i + 1)) {
					const apart =
						a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;
					assert.ok(apart || a.words === b.words, `${a.words} | ${b.words} at ${width}, ${row}`);
				}
			}
		}
	});
}
