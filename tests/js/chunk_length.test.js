import assert from "node:assert/strict";
import { test } from "node:test";
import {
	draw,
	layout,
	nearestLength,
	scales,
	summary,
} from "../../utils/widgets/chunk_length/draw.js";
import { assertReadable, COLORS, fakeContext } from "./fake.js";

const TEXT = {
	length: "Chunk length",
	carried: "carried",
	reset: "reset",
	reachTitle: "gradient of the last loss at each step (log scale)",
	reachAxis: "steps before the last character",
	memoryTitle: "saved activations (MB)",
	lossTitle: "validation loss (bits a character)",
	lengthAxis: "chunk length",
	charactersAxis: "characters read (thousands)",
	cut: "cut",
	zero: "exactly 0",
	all: "the cut is at the left end",
	memory: "memory {length} {memory} {times} {first}",
	reach: "reach {length} {beyond}",
	full: "full {length}",
	loss: "{mode} {loss} {low} {high} {seeds}",
};
const LENGTHS = [8, 16, 32, 64, 128, 256];

function measured() {
	const norms = (length) =>
		Float32Array.from({ length: 256 }, (_, i) =>
			256 - i <= length ? -0.3 - 0.05 * (255 - i) : Number.NaN,
		);
	const curves = (shift) =>
		LENGTHS.map((_, l) => [4, 3.6, 3.3, 3.2].map((v) => v + shift + l / 50));
	return {
		lengths: LENGTHS,
		megabytes: LENGTHS.map((length) => 0.0324 * length),
		reach: LENGTHS.map(norms),
		range: [-14, 0],
		characters: [100000, 200000, 300000, 400000],
		seeds: 3,
		mean: [curves(0), curves(0.1)],
		low: [curves(-0.05), curves(0.05)],
		high: [curves(0.05), curves(0.15)],
	};
}

test("panels stay inside the view and do not overlap, from 480 to 1200 pixels", () => {
	for (let width = 480; width <= 1200; width += 20) {
		const { height, ...boxes } = layout(width);
		for (const box of Object.values(boxes)) {
			assert.ok(box.left >= 0 && box.right <= width && box.bottom + 42 <= height);
			assert.ok(box.right - box.left > 150 && box.bottom - box.top >= 80);
		}
		assert.ok(boxes.reach.bottom + 42 < boxes.memory.top);
		assert.ok(boxes.loss.left > boxes.memory.right || boxes.loss.top > boxes.memory.bottom + 42);
	}
});

test("no word leaves the view and no two words overlap, whatever is shown", () => {
	for (let width = 480; width <= 1200; width += 40) {
		for (let row = 0; row < LENGTHS.length; row++) {
			for (const mode of [0, 1]) {
				const ctx = fakeContext();
				draw(ctx, measured(), row, mode, layout(width), TEXT, COLORS);
				assertReadable(ctx.texts, width);
			}
		}
	}
});

test("the place of each cut leads back to its length, and never beyond the ends", () => {
	const data = measured();
	const at = scales(data, layout(900)).before;
	for (const [row, length] of LENGTHS.entries()) {
		assert.equal(nearestLength(data, at.invert(at(length - 0.5))), row);
	}
	assert.equal(nearestLength(data, -50), 0);
	assert.equal(nearestLength(data, 1e5), LENGTHS.length - 1);
});

test("the gradient's line ends at the cut", () => {
	const data = measured();
	const at = scales(data, layout(900));
	const ctx = fakeContext();
	draw(ctx, data, 2, 0, layout(900), TEXT, COLORS);
	const full = data.reach[5].reduce((n, _, i) => n + drawn(ctx, at, data.reach[5], i), 0);
	assert.ok(full >= 256);
	const twice = data.reach[2].filter(
		(value, i) => !Number.isNaN(value) && drawn(ctx, at, data.reach[2], i) === 2,
	);
	assert.equal(twice.length, 32);
	assert.equal(drawn(ctx, at, data.reach[5], 100), 1); // far before the cut: the faint line only
});

/** How often a line goes through the value of a step. */
function drawn(ctx, at, row, i) {
	const [x, y] = [at.before(255 - i), at.norm(row[i])];
	return ctx.points.filter(([a, b]) => Math.abs(a - x) < 1e-6 && Math.abs(b - y) < 1e-6).length;
}

test("words say memory, reach and loss of what is chosen", () => {
	const data = measured();
	assert.equal(
		summary(data, 2, 1, TEXT),
		"memory 32 1.04 4.0 8 reach 32 224 reset 3.34 3.29 3.39 3",
	);
	assert.match(summary(data, 5, 0, TEXT), / full 256 carried 3\.30 /);
});
