import assert from "node:assert/strict";
import { test } from "node:test";
import {
	cells,
	draw,
	emojiAt,
	layout,
	nearestShot,
	scales,
	summary,
} from "../../utils/widgets/shot_slider/draw.js";
import { assertReadable, COLORS, fakeContext } from "./fake.js";

const TEXT = {
	chartTitle: "test accuracy (bands: all draws)",
	shotsTitle: "labelled examples a class",
	gridTitle: "test emoji; ✕ = wrong answer",
	nearTitle: "nearest labelled emoji",
	legend: "{name} {mean}",
	guess: "guessing",
	right: "✓ {answer}",
	wrong: "✕ {answer}",
	summary: "{shots}|{all}|{right} of {count} {method}|{name} is {truth}, {answer} {verdict}|{near}",
	isRight: "right",
	isWrong: "wrong",
};
const NAMES = ["face", "hand", "person", "mammal", "fruit or vegetable"];
NAMES.push("prepared food", "building", "land vehicle", "sky", "clothing");

/** Ten classes of five emoji; from scratch is always wrong, the others always right. */
function tenClasses() {
	const truth = NAMES.flatMap((_, label) => Array(5).fill(label));
	const wrong = truth.map((label) => (label + 1) % 10);
	const shots = [1, 2, 5, 10];
	return {
		shots,
		methods: ["frozen features", "fine-tuned", "from scratch"],
		names: NAMES,
		mean: [0.7, 0.72, 0.3].map((top) => shots.map((_, k) => top - 0.1 + 0.03 * k)),
		low: [0.65, 0.66, 0.25].map((top) => shots.map((_, k) => top - 0.1 + 0.03 * k)),
		high: [0.75, 0.78, 0.35].map((top) => shots.map((_, k) => top - 0.1 + 0.03 * k)),
		truth,
		emoji: truth.map((_, i) => `emoji ${i}`),
		answered: [truth, truth, wrong].map((row) => shots.map(() => row)),
		labelled: [4, 4, 0, 4],
		labelledNames: ["lemon", "pear", "sun", "kiwi"],
		near: shots.map(() => truth.map(() => [0, 1, 2, 3])),
		tile: 48,
		columns: 15,
	};
}

test("no word leaves the view and no two words overlap, from 480 to 1200 pixels", () => {
	const data = tenClasses();
	for (let width = 480; width <= 1200; width += 40) {
		for (const emoji of [0, 22, 49]) {
			const ctx = fakeContext();
			const boxes = layout(width, 10, 5);
			draw(ctx, data, { shot: 2, method: 2, emoji }, boxes, TEXT, COLORS, {});
			const written = ctx.texts.filter(({ words }) => words && words !== "✕");
			assertReadable(written, width, { slack: [16, 16] });
		}
	}
});

test("the place of each emoji leads back to it, and beside the grid there is none", () => {
	const data = tenClasses();
	for (const width of [480, 700, 1100]) {
		const { grid } = layout(width, 10, 5);
		cells(data, grid).forEach(([x, y], i) => {
			assert.equal(emojiAt(data, grid, x + 18, y + 18), i);
		});
		assert.equal(emojiAt(data, grid, grid.left + 20, grid.top + 20), -1);
		assert.equal(emojiAt(data, grid, grid.right + 5, grid.top + 20), -1);
	}
});

test("the place of each number of shots on the chart leads back to it", () => {
	const data = tenClasses();
	const { chart } = layout(1100, 10, 5);
	data.shots.forEach((count, k) => {
		assert.equal(nearestShot(data, chart, scales(data, chart).x(count) + 3), k);
	});
	assert.equal(nearestShot(data, chart, -1e4), 0);
	assert.equal(nearestShot(data, chart, 1e4), 3);
});

test("wrong answers carry a cross, right ones none, and drawing needs no picture yet", () => {
	const data = tenClasses();
	const crosses = (method) => {
		const ctx = fakeContext();
		const shown = { shot: 0, method, emoji: 0 };
		draw(ctx, data, shown, layout(1100, 10, 5), TEXT, COLORS, undefined);
		assert.ok(ctx.points.every(([x, y]) => Number.isFinite(x) && Number.isFinite(y)));
		return ctx.texts.filter(({ words }) => words === "✕").length;
	};
	assert.equal(crosses(0), 0);
	assert.equal(crosses(2), 50);
});

test("words tell numbers, verdict and neighbours", () => {
	const data = tenClasses();
	const words = summary(data, { shot: 1, method: 2, emoji: 20 }, TEXT);
	assert.equal(
		words,
		"2|frozen features 0.63, fine-tuned 0.65, from scratch 0.23|0 of 50 from scratch|" +
			"emoji 20 is fruit or vegetable, prepared food wrong|" +
			"lemon (fruit or vegetable), pear (fruit or vegetable), sun (face), kiwi (fruit or vegetable)",
	);
	assert.match(summary(data, { shot: 1, method: 0, emoji: 20 }, TEXT), /50 of 50.*right/);
});
