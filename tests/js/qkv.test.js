import assert from "node:assert/strict";
import { test } from "node:test";
import {
	attend,
	draw,
	equations,
	layout,
	summary,
	vector,
	wordAt,
} from "../../utils/widgets/qkv/draw.js";
import { boxesOf, COLORS, fakeContext } from "./fake.js";

const TEXT = {
	...{ x: "x", q: "q", k: "k", v: "v", score: "qk", scaledScore: "/{width}", plainScore: "plain" },
	...{ weight: "a", part: "av", sum: "sum", hidden: "masked" },
	dotSum: "{word}: {terms} = {score}",
	outputSum: "{word}: {terms} = {output}",
	says: "{word} to {best} {share} {spread}",
	...{ one: "one", some: "some", even: "even", alone: "{word} alone" },
};
const DATA = {
	words: ["the", "cat", "incomprehensible"],
	x: [
		[1, 0],
		[0, 1],
		[1, 1],
	],
	q: [
		[1, 0],
		[0, 2],
		[1, 1],
	],
	k: [
		[0, 1],
		[1, 0],
		[1, 1],
	],
	v: [
		[1, 0],
		[0, 1],
		[-1, -1],
	],
};
const NOW = { focus: 1, scaled: true, causal: false };

test("scores, weights and output are those of the formula", () => {
	const { raw, weights, output } = attend(DATA, NOW);
	assert.deepEqual(raw, [2, 0, 2]);
	const powers = raw.map((score) => Math.exp(score / Math.SQRT2));
	const sum = powers.reduce((a, b) => a + b);
	for (const [j, power] of powers.entries()) assert.ok(Math.abs(weights[j] - power / sum) < 1e-12);
	assert.ok(Math.abs(output[0] - (weights[0] - weights[2])) < 1e-12);
});

test("a masked word gets no weight and the others still add up to 1", () => {
	const { weights, scores } = attend(DATA, { ...NOW, causal: true });
	assert.equal(weights[2], 0);
	assert.equal(scores[2], Number.NEGATIVE_INFINITY);
	assert.ok(Math.abs(weights[0] + weights[1] - 1) < 1e-12);
});

test("large scores do not overflow", () => {
	const large = { ...DATA, q: DATA.q.map((row) => row.map((value) => 1e4 * value)) };
	const { weights } = attend(large, { ...NOW, scaled: false });
	assert.deepEqual(weights, [0.5, 0, 0.5]);
});

test("the pointer finds the word of its row, beyond the ends the nearest", () => {
	const places = layout(DATA, 1060);
	assert.deepEqual(
		[-5, 40, 34 + 46 + 1, 34 + 92 + 1, 900].map((y) => wordAt(DATA, places, y)),
		[0, 0, 1, 2, 2],
	);
	const half = layout(DATA, 530);
	assert.equal(wordAt(DATA, half, (34 + 46 + 1) / 2), 1);
});

for (const width of [420, 760, 1060, 1100])
	for (const now of [NOW, { focus: 0, scaled: false, causal: true }])
		test(`no words overlap or leave the canvas at ${width}, ${now.causal}`, () => {
			const ctx = fakeContext();
			const places = layout(DATA, width);
			draw(ctx, DATA, now, places, TEXT, COLORS);
			const boxes = boxesOf(ctx.texts);
			for (const box of boxes) {
				assert.ok(box.left >= -1 && box.right <= places.right + 1, box.words);
				assert.ok(box.bottom * places.scale <= places.height, box.words);
			}
			boxes.forEach((a, i) => {
				for (const b of boxes.slice(i + 1)) {
					const apart =
						a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;
					assert.ok(apart, `${a.words} on ${b.words}`);
				}
			});
		});

test("the equations name the best word and add every seen word", () => {
	const [dot, output] = equations(DATA, NOW, TEXT);
	assert.equal(dot, "the: 0.00·0.00 + 2.00·1.00 = 2.00");
	assert.equal(output.split(" + ").length, 3);
	assert.ok(output.includes("·(−1.00 −1.00)"));
	assert.equal(equations(DATA, { ...NOW, causal: true }, TEXT)[1].split(" + ").length, 2);
});

test("the words say who is looked at and how sharply", () => {
	assert.equal(summary(DATA, NOW, TEXT), "cat to the 45\u00a0% some");
	assert.equal(summary(DATA, { focus: 0, scaled: true, causal: true }, TEXT), "the alone");
	const flat = { ...DATA, q: DATA.q.map((row) => row.map(() => 0)) };
	assert.equal(summary(flat, NOW, TEXT), "cat to the 33\u00a0% even");
	const sharp = {
		...DATA,
		k: [
			[0, 9],
			[0, 0],
			[0, 0],
		],
	};
	assert.ok(summary(sharp, NOW, TEXT).endsWith("one"));
});

test("numbers of a vector have one width", () => {
	assert.equal(vector([1, -0.5]), "( 1.00 −0.50)");
	assert.equal(vector([-0.001]), "( 0.00)");
});
