import assert from "node:assert/strict";
import { test } from "node:test";
import {
	drawChoice,
	drawGrid,
	layout,
	looks,
	pixels,
	summary,
	under,
} from "../../utils/widgets/attention_heads/draw.js";
import { assertReadable, COLORS, fakeContext } from "./fake.js";

const TEXT = {
	grid: "grid",
	title: "{layer}.{head}",
	legend: "of {token}",
	look: "{token}@{place}={share}",
	words: "{layer}.{head} {place}/{count} {token}: {most}.",
	measured: "[{names}]",
};
const TOKENS = ["a", "b", "c"];
const STATE = { tokens: TOKENS, found: [{ layer: 1, head: 0, name: "next" }], text: TEXT };

/** Two blocks of two heads; in block 1, head 0 each token looks at the next one. */
function heads() {
	const levels = new Uint8Array(2 * 2 * 9).fill(0);
	for (let one = 0; one < 4; one++)
		for (let row = 0; row < 3; row++) {
			const place = one === 2 ? (row + 1) % 3 : row;
			levels[one * 9 + row * 3 + place] = 254;
		}
	return { shape: [2, 2, 3, 3], levels };
}

test("a token's weights are those of its row, in its head", () => {
	assert.deepEqual(looks(heads(), { layer: 1, head: 0, token: 1 }), [0, 0, 1]);
	assert.deepEqual(looks(heads(), { layer: 1, head: 1, token: 1 }), [0, 1, 0]);
});

test("words tell the three largest weights, and what was measured", () => {
	assert.equal(
		summary(heads(), { layer: 1, head: 0, token: 0 }, STATE),
		"2.1 1/3 a: b@2=1.00, a@1=0.00, c@3=0.00. [next]",
	);
	assert.doesNotMatch(summary(heads(), { layer: 0, head: 0, token: 0 }, STATE), /next/);
});

test("a dot is the more opaque, the more weight", () => {
	const image = pixels(
		{ shape: [1, 1, 2, 2], levels: new Uint8Array([0, 254, 64, 0]) },
		0,
		[1, 2, 3],
	);
	assert.deepEqual(Array.from(image.slice(0, 8)), [1, 2, 3, 0, 1, 2, 3, 255]);
	assert.equal(image[11], 128);
});

for (const [width, shape] of [
	[1000, [6, 12, 17, 17]],
	[1000, [12, 12, 128, 128]],
	[400, [6, 12, 17, 17]],
	[0, [1, 1, 1, 1]],
])
	test(`places do not overlap at width ${width} with ${shape}`, () => {
		const at = layout(width, shape, Array(shape[2]).fill(40));
		const grid = at.layers * at.cell + 40;
		assert.ok(Math.min(...at.chips.map((chip) => chip.y)) >= Math.max(grid, at.mapTop + at.side));
		assert.ok(at.height >= Math.max(...at.chips.map((chip) => chip.y)) + 26);
		if (width < 680) assert.ok(at.mapTop >= grid);
		if (!width) return;
		assert.ok(26 + at.heads * at.cell <= width);
		for (const chip of at.chips) assert.ok(chip.x + chip.width <= width);
	});

test("the pointer finds the head, the row and the word under it", () => {
	const at = layout(1000, [6, 12, 17, 17], Array(17).fill(40));
	const [x, y] = [26 + 2.5 * at.cell, 40 + 4.5 * at.cell];
	assert.deepEqual(under(at, x, y), { layer: 4, head: 2 });
	const row = at.mapTop + (3.5 * at.side) / 17;
	assert.deepEqual(under(at, at.mapLeft + 5, row), { token: 3 });
	assert.deepEqual(under(at, at.mapLeft - 20, row), { token: 3 });
	const chip = at.chips[16];
	assert.deepEqual(under(at, chip.x + 3, chip.y + 5), { token: 16 });
	assert.equal(under(at, 2, 2), undefined);
});

test("all small maps are drawn, and the choice has its frame, its words and its numbers", () => {
	const at = layout(900, [2, 2, 3, 3], [20, 20, 20]);
	const ctx = fakeContext();
	const asked = [];
	drawGrid(ctx, at, (layer, head) => asked.push([layer, head]), TEXT, COLORS);
	assert.deepEqual(asked, [
		[0, 0],
		[0, 1],
		[1, 0],
		[1, 1],
	]);
	ctx.texts.length = 0;
	drawChoice(ctx, heads(), { layer: 1, head: 0, token: 0 }, at, {}, STATE, COLORS);
	const said = ctx.texts.map(({ words }) => words);
	for (const word of ["2.1", "of a", "a", "b", "c"]) assert.ok(said.includes(word), word);
	assertReadable(ctx.texts, 900, { slack: [2, 20] });
});
