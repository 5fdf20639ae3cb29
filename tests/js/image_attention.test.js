import assert from "node:assert/strict";
import { test } from "node:test";
import {
	cellAt,
	draw,
	layout,
	peakCell,
	pointing,
	summary,
	wordAt,
} from "../../utils/widgets/image_attention/draw.js";
import { boxesOf, COLORS, fakeContext } from "./fake.js";

const TEXT = {
	says: "{place}/{count} {word} {weight} {row}/{rows} {column}/{columns}",
	hit: "hit {share}",
	miss: "miss {share}",
	here: "here {weight}",
	score: "{hits} of {known}",
};

/** Words over 2 rows of 4 cells; word i has 0.7 on cell i, the rest evenly. */
function caption(words = ["red", "and", "blue"]) {
	return {
		words,
		weights: words.map((_, i) => Array.from({ length: 8 }, (_, c) => (c === i ? 0.7 : 0.3 / 7))),
		boxes: words.map((_, i) => [[0, 0, 0.3, 0.6], null, [0.5, 0.5, 1, 1]][i] ?? null),
		grid: [2, 4],
		size: [80, 40],
	};
}

test("a peak points right where its cell's middle lies in the true box", () => {
	assert.deepEqual(peakCell(caption(), 2), { cell: 2, row: 0, column: 2, weight: 0.7 });
	assert.deepEqual(pointing(caption(), 0), { isHit: true, share: 0.7 });
	assert.equal(pointing(caption(), 1), undefined);
	const missed = pointing(caption(), 2);
	assert.equal(missed.isHit, false);
	assert.ok(Math.abs(missed.share - 0.6 / 7) < 1e-12);
	assert.equal(summary(caption(), 0, undefined, TEXT), "1/3 red 0.70 1/2 1/4 hit 0.70 1 of 2");
	assert.equal(summary(caption(), 1, 7, TEXT), "2/3 and 0.70 1/2 2/4 here 0.043 1 of 2");
	assert.equal(summary(caption(), 2, undefined, TEXT), "3/3 blue 0.70 1/2 3/4 miss 0.09 1 of 2");
});

for (const [width, count] of [
	[1000, 3],
	[1000, 14],
	[420, 3],
	[420, 14],
]) {
	test(`${count} words at ${width} pixels stand apart, inside the picture`, () => {
		const example = caption(Array.from({ length: count }, (_, i) => `extraordinary${i}`));
		const at = layout(width, example);
		const frames = [at.large, ...at.small];
		for (const [i, a] of frames.entries()) {
			assert.ok(a.x >= 0 && a.x + a.w <= width + 0.5 && a.y + a.h <= at.height);
			for (const b of frames.slice(i + 1))
				assert.ok(a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y);
		}
		const ctx = fakeContext();
		draw(ctx, example, undefined, 1, 3, at, COLORS);
		const boxes = boxesOf(ctx.texts);
		assert.equal(boxes.length, count);
		for (const [i, a] of boxes.entries()) {
			assert.ok(a.right <= at.small[i].x + at.small[i].w + 1, a.words);
			assert.ok(a.top >= at.small[i].y + at.small[i].h && a.bottom <= at.height);
		}
	});
}

test("the pointer finds words and cells, and nothing beside them", () => {
	const at = layout(1000, caption());
	const [first, , third] = at.small;
	assert.equal(wordAt(at, third.x + 2, third.y + third.h + 10), 2);
	assert.equal(wordAt(at, first.x - 8, first.y), undefined);
	assert.equal(cellAt(caption(), at, at.large.w - 1, at.large.h - 1), 7);
	assert.equal(cellAt(caption(), at, at.large.w / 4 + 1, 1), 1);
	assert.equal(cellAt(caption(), at, at.large.w + 1, 1), undefined);
});

test("the darkness of a cell is what its weight lacks of the largest", () => {
	const darkness = [];
	const ctx = new Proxy(fakeContext(), {
		get: (target, name) =>
			name === "fillRect" && target.fillStyle === "#000"
				? () => darkness.push(target.globalAlpha)
				: target[name],
	});
	const example = caption(["red"]);
	draw(ctx, example, undefined, 0, undefined, layout(1000, example), COLORS);
	const large = darkness.slice(0, 8);
	assert.equal(large[0], 0);
	assert.ok(large.slice(1).every((value) => Math.abs(value - 0.78 * (1 - 0.3 / 4.9)) < 1e-9));
});

test("weights that are all zero still draw", () => {
	const example = caption(["red"]);
	example.weights = [new Array(8).fill(0)];
	draw(fakeContext(), example, undefined, 0, undefined, layout(700, example), COLORS);
	assert.match(summary(example, 0, undefined, TEXT), /^1\/1 red 0\.00/);
});
