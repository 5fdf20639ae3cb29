import assert from "node:assert/strict";
import { test } from "node:test";
import {
	drawBackground,
	drawCurrent,
	layout,
	nearestRate,
	scales,
	summary,
} from "../../utils/widgets/learning_rate_sweep/draw.js";
import { assertReadable, COLORS, fakeContext } from "./fake.js";

const TEXT = {
	lossTitle: "training loss (mean of 10 steps)",
	accuracyTitle: "validation accuracy",
	finalTitle: "final training loss of every rate",
	stepTitle: "step",
	rateTitle: "learning rate (log scale)",
	goodRange: "good",
	band: "diverged",
	guess: "ln {classes} = {guess}: guessing",
	end: "diverged, step {step}",
	explodes: "explodes at {step}",
	high: "too high {rate} {loss} {best} {bestLoss} {accuracy}",
	good: "good {rate} {loss}",
	low: "too low {rate} {loss}",
	soFar: "so far {done} of {total}",
};

/** Four rates: too low, good, too high, diverged at `step`. */
function fourRates(step = 3) {
	const curve = (end) =>
		Float32Array.from({ length: 300 }, (_, i) => 2.3 + ((end - 2.3) * i) / 299);
	return {
		total: 300,
		done: 300,
		rates: [1e-4, 0.05, 0.5, 10],
		loss: [curve(2.2), curve(0.2), curve(2.4), new Float32Array(300).fill(Number.NaN)],
		evalSteps: [150, 300],
		accuracy: [0.2, 0.9, 0.1, Number.NaN].map((share) => Float32Array.of(share, share)),
		finalLoss: [2.2, 0.2, 2.4, null],
		finalAccuracy: [0.2, 0.9, 0.1, null],
		divergedAt: [-1, -1, -1, step],
		verdict: ["low", "good", "high", "explodes"],
		best: 1,
		guess: Math.log(10),
		classes: 10,
		top: 1.5 * Math.log(10),
	};
}

test("panels stay inside the view and do not overlap, from 480 to 1200 pixels", () => {
	for (let width = 480; width <= 1200; width += 20) {
		const { height, ...boxes } = layout(width);
		const all = Object.values(boxes);
		for (const box of all) {
			assert.ok(box.left >= 0 && box.right <= width && box.bottom + 34 <= height);
			assert.ok(box.right - box.left > 150 && box.bottom - box.top >= 80);
		}
		assert.ok(boxes.loss.bottom < boxes.accuracy.top);
		assert.ok(boxes.final.left > boxes.loss.right || boxes.final.top > boxes.accuracy.bottom);
	}
});

test("no word leaves the view and no two words overlap, whatever is shown", () => {
	for (let width = 480; width <= 1200; width += 40) {
		for (const step of [3, 150, 299]) {
			for (const i of [0, 1, 2, 3]) {
				const ctx = fakeContext();
				const data = fourRates(step);
				const boxes = layout(width);
				drawBackground(ctx, data, boxes, TEXT, COLORS);
				drawCurrent(ctx, data, i, boxes, TEXT, COLORS);
				assertReadable(ctx.texts, width);
			}
		}
	}
});

test("the place of each rate on the panel leads back to that rate", () => {
	const data = fourRates();
	const { rate } = scales(data, layout(900));
	data.rates.forEach((value, i) => {
		assert.equal(nearestRate(data.rates, rate.invert(rate(value) + 2)), i);
	});
	assert.equal(nearestRate(data.rates, rate.invert(-1e4)), 0);
	assert.equal(nearestRate(data.rates, rate.invert(1e4)), 3);
});

test("one rate alone can be drawn", () => {
	const data = fourRates();
	for (const [key, value] of Object.entries(data))
		if (Array.isArray(value)) data[key] = value.slice(1, 2);
	const ctx = fakeContext();
	drawBackground(ctx, { ...data, best: 0, evalSteps: [150, 300] }, layout(700), TEXT, COLORS);
	assert.ok(ctx.points.every(([x, y]) => Number.isFinite(x) && Number.isFinite(y)));
});

test("words name the verdict, and say when the training still goes on", () => {
	const data = fourRates();
	assert.equal(summary(data, 0, TEXT), "too low 0.0001 2.20");
	assert.equal(summary(data, 1, TEXT), "good 0.05 0.20");
	assert.equal(summary(data, 2, TEXT), "too high 0.5 2.40 0.05 0.20 10.0\u00a0%");
	assert.equal(summary(data, 3, TEXT), "explodes at 3");
	assert.equal(summary({ ...data, done: 20 }, 1, TEXT), "good 0.05 0.20 so far 20 of 300");
});
