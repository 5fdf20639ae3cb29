import assert from "node:assert/strict";
import { test } from "node:test";
import {
	chances,
	draw,
	HEIGHT,
	holders,
	ranked,
	summary,
	visible,
} from "../../utils/widgets/sampling_box/draw.js";
import { boxesOf, COLORS, fakeContext } from "./fake.js";

const TEXT = {
	barsTitle: "next character",
	space: "space",
	newline: "newline",
	summary: "{temperature}: {top} {share}, {count} hold it, seed {seed} drew {drawn} ({chance}).",
};

function written() {
	return {
		prompt: "de",
		temperatures: [0.5, 1, 2],
		seeds: [0, 1],
		texts: [
			["f x", "l"],
			["f", "\n"],
			["f", " "],
		],
		logits: [0, -1, -2, -3],
		symbols: ["f", "l", " ", "\n"],
	};
}

test("probabilities sum to 1 and spread as the temperature rises", () => {
	const tops = [0.25, 1, 4].map((t) => chances([0, -1, -2], t)[0]);
	assert.ok(Math.abs(chances([0, -1, -2], 1).reduce((a, b) => a + b) - 1) < 1e-12);
	assert.ok(tops[0] > tops[1] && tops[1] > tops[2]);
	assert.ok(Math.abs(chances([0, -1], 1)[0] - 1 / (1 + Math.exp(-1))) < 1e-12);
});

test("the order is that of the logits, and so many hold nine tenths", () => {
	assert.deepEqual(ranked([-2, 0, -1, 0]), [1, 3, 2, 0]);
	assert.equal(holders([0.05, 0.9, 0.05], 0.9), 1);
	assert.equal(holders([0.5, 0.3, 0.2], 0.9), 3);
});

test("a character that cannot be seen gets a name", () => {
	assert.deepEqual(
		[" ", "\n", "x"].map((each) => visible(each, TEXT)),
		["space", "newline", "x"],
	);
});

test("the words tell the most likely character and the one that was drawn", () => {
	const words = summary(written(), 1, 1, TEXT);
	assert.match(words, /^1: f 64\.4/);
	assert.match(words, /seed 1 drew newline \(3\.2/);
});

test("no two labels of the bars touch, and all stay inside", () => {
	const ctx = fakeContext();
	draw(ctx, written(), 2, 1, 380, TEXT, COLORS);
	const boxes = boxesOf(ctx.texts);
	for (const [i, a] of boxes.entries()) {
		assert.ok(a.left >= 0 && a.right <= 380 && a.bottom <= HEIGHT, JSON.stringify(a));
		for (const b of boxes.slice(i + 1)) {
			const apart =
				a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;
			assert.ok(apart, `${a.words} / ${b.words}`);
		}
	}
});
