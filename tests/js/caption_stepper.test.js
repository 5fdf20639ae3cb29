import assert from "node:assert/strict";
import { test } from "node:test";
import {
	choiceAt,
	draw,
	layout,
	placed,
	summary,
} from "../../utils/widgets/caption_stepper/draw.js";
import { assertReadable, COLORS, fakeContext } from "./fake.js";

const TEXT = {
	first: "first word",
	after: "after {before}",
	beam: "{count} after {place}",
	says: "{place}/{count} {word} {chance}",
	greedy: "greedy {caption}",
	other: "{rank} not {best} but {word}: {caption}",
	right: "right",
	wrong: "not {truth}",
};

const WORDS = ["a", "house", "and", "a", "rocket", "and", "a", "lemon", "END"];
const PLAIN = WORDS.slice(0, -1).join(" ");

/** A caption of 9 words; taking the second choice of any step ends it with "star". */
function caption() {
	return {
		words: WORDS,
		truth: PLAIN,
		choices: WORDS.map((word) => [word, "star", "tree", "ball", "and"]),
		chances: WORDS.map(() => [0.9, 0.06, 0.02, 0.01, 0.005]),
		becomes: WORDS.map((_, i) => [
			PLAIN,
			...Array(4).fill([...WORDS.slice(0, i), "star"].join(" ")),
		]),
		beams: WORDS.map((_, i) => [
			{ words: WORDS.slice(0, i + 1).join(" "), chance: 0.8 },
			{ words: [...WORDS.slice(0, i), "star"].join(" "), chance: 0.1 },
		]),
		size: [64, 64],
	};
}

test("the words say what is taken, what it becomes, and whether that is true", () => {
	const one = caption();
	assert.equal(summary(one, 1, 0, TEXT), `2/9 house 90.0\u00a0% greedy ${PLAIN} right`);
	assert.equal(
		summary(one, 1, 1, TEXT),
		`2/9 star 6.0\u00a0% 2 not house but star: a star not ${PLAIN}`,
	);
	one.truth = null;
	assert.equal(summary(one, 8, 0, TEXT), `9/9 END 90.0\u00a0% greedy ${PLAIN}`);
});

for (const width of [1000, 700, 400]) {
	test(`all words stand apart at ${width} pixels, at every step and choice`, () => {
		const one = caption();
		const at = layout(width, one);
		assert.ok(at.image.x + at.image.w <= width && at.image.y + at.image.h <= at.height);
		for (const [word, choice] of [
			[0, 0],
			[4, 1],
			[8, 0],
			[8, 4],
		]) {
			const ctx = fakeContext();
			draw(ctx, one, undefined, word, choice, at, TEXT, COLORS);
			assertReadable(ctx.texts, width, { bottom: at.height });
			const shown = ctx.texts.map(({ words }) => words);
			for (const name of one.choices[word]) assert.ok(shown.includes(name), name);
		}
	});
}

test("the pointer finds bars and nothing beside them", () => {
	const at = layout(1000, caption());
	assert.equal(choiceAt(caption(), 2, at, at.left + 100, at.bars + 1), 0);
	assert.equal(choiceAt(caption(), 2, at, at.left + 100, at.bars + 25 * 4 + 3), 4);
	assert.equal(choiceAt(caption(), 2, at, at.left + 100, at.bars - 4), undefined);
	assert.equal(choiceAt(caption(), 2, at, at.left - 9, at.bars + 5), undefined);
	assert.equal(choiceAt(caption(), 2, at, at.left + 100, at.beam), undefined);
});

test("a full line is broken between words", () => {
	const ctx = fakeContext();
	const found = placed(ctx, ["aaaa", "bbbb", "cccc"], 90);
	assert.deepEqual(
		found.map(({ x, line }) => [x, line]),
		[
			[0, 0],
			[37.5, 0],
			[0, 1],
		],
	);
});
