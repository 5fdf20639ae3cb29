import assert from "node:assert/strict";
import { test } from "node:test";
import {
	draw,
	layout,
	nearestPatience,
	scales,
	summary,
} from "../../utils/widgets/early_stopping/draw.js";
import { assertReadable, COLORS, fakeContext } from "./fake.js";

const TEXT = {
	accuracyTitle: "accuracy",
	lossTitle: "loss",
	testTitle: "test accuracy of the kept weights",
	stepTitle: "step",
	patienceTitle: "patience (1 = 10 steps)",
	train: "training",
	validation: "validation",
	kept: "best",
	stop: "stop",
	last: "last weights",
	stops: "stops {stop}",
	ends: "ends {stop}",
	keeps: "keeps {best} {val} {kept} {last}",
	gains: "gains {points}",
	loses: "loses {points}",
	same: "same",
	saved: "{share}",
};
const EVALUATIONS = 60;

/** Two runs: one whose validation accuracy peaks at `best`, one that never falls. */
function twoRuns(best = 7) {
	const row = (value) => Float32Array.from({ length: EVALUATIONS }, (_, i) => value(i));
	const patience = Array.from({ length: 20 }, (_, i) => i + 1);
	const up = row((i) => 1 - 0.6 * 0.9 ** i);
	const down = row((i) => 0.77 - 0.001 * Math.abs(i - best));
	return {
		conditions: ["all right", "30 % wrong"],
		seeds: 1,
		evalSteps: Array.from({ length: EVALUATIONS }, (_, i) => 10 * (i + 1)),
		trainAccuracy: [up, up],
		valAccuracy: [up.map((v) => v - 0.1), down],
		trainLoss: [row((i) => 2 * 0.9 ** i), row((i) => 2 * 0.95 ** i)],
		valLoss: [row(() => 0.5), row((i) => 1 + 0.01 * i)],
		bestValue: [patience.map(() => 0.9), patience.map(() => 0.77)],
		bestAt: [patience.map(() => EVALUATIONS - 1), patience.map(() => best)],
		stopAt: [
			patience.map(() => EVALUATIONS - 1),
			patience.map((p) => Math.min(best + p, EVALUATIONS - 1)),
		],
		stopped: [patience.map(() => false), patience.map(() => true)],
		kept: [patience.map(() => 0.85), patience.map((p) => (p < 3 ? 0.6 : 0.78))],
		last: [0.85, 0.68],
		lossTop: 2.2,
	};
}

test("panels stay inside the view and do not overlap, from 480 to 1200 pixels", () => {
	for (let width = 480; width <= 1200; width += 20) {
		const { height, ...boxes } = layout(width);
		for (const box of Object.values(boxes)) {
			assert.ok(box.left >= 0 && box.right <= width && box.bottom + 34 <= height);
			assert.ok(box.right - box.left > 150 && box.bottom - box.top >= 80);
		}
		assert.ok(boxes.accuracy.bottom < boxes.loss.top);
		assert.ok(boxes.test.left > boxes.loss.right || boxes.test.top > boxes.loss.bottom + 34);
	}
});

test("no word leaves the view and no two words overlap, whatever is shown", () => {
	for (let width = 480; width <= 1200; width += 40) {
		for (const best of [0, 7, 30, 59]) {
			for (const patience of [1, 5, 20]) {
				for (const row of [0, 1]) {
					const ctx = fakeContext();
					draw(ctx, twoRuns(best), row, patience, layout(width), TEXT, COLORS);
					assertReadable(ctx.texts, width);
				}
			}
		}
	}
});

test("the place of each patience on the panel leads back to it, and never beyond the ends", () => {
	const data = twoRuns();
	const at = scales(data, 1, layout(900)).patience;
	for (let patience = 1; patience <= 20; patience++) {
		assert.equal(nearestPatience(data, at.invert(at(patience) + 2)), patience);
	}
	assert.equal(nearestPatience(data, at.invert(-1e4)), 1);
	assert.equal(nearestPatience(data, at.invert(1e4)), 20);
});

test("the curve is drawn with full ink only as far as the run was trained", () => {
	const marks = [];
	const ctx = new Proxy(fakeContext(), {
		get: (target, name) =>
			name === "stroke" ? () => marks.push([ctx.strokeStyle, ctx.points.length]) : target[name],
	});
	draw(ctx, twoRuns(), 1, 5, layout(900), TEXT, COLORS);
	const lengths = marks.map(([color, end], i) => [color, end - (i ? marks[i - 1][1] : 0)]);
	const inInk = lengths.filter(([color, n]) => color === "accent" && n > 2).map(([, n]) => n);
	const faint = lengths.filter(([color, n]) => color === "muted" && n > 2).map(([, n]) => n);
	assert.deepEqual(inInk.slice(0, 2), [13, 13]); // evaluations 0 to 7 + 5
	assert.ok(faint.every((n) => n === EVALUATIONS - 12));
});

test("words say what was stopped, what was kept, and whether it helped", () => {
	const data = twoRuns();
	const percents = (...values) => values.map((value) => `${value}\u00a0%`).join(" ");
	assert.equal(
		summary(data, 1, 5, TEXT),
		`stops 130 keeps 80 ${percents("77.0", "78.0", "68.0")} gains 10.0 ${percents("21.7")}`,
	);
	assert.match(summary(data, 1, 1, TEXT), /loses 8\.0/);
	assert.match(summary(data, 0, 1, TEXT), /^ends 600 .* same 100\.0/);
});
