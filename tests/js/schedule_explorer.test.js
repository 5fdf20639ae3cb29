import assert from "node:assert/strict";
import { test } from "node:test";
import {
	draw,
	grabbed,
	handles,
	layout,
	scales,
	summary,
} from "../../utils/widgets/schedule_explorer/draw.js";
import { choices, names, pick, settings } from "../../utils/widgets/schedule_explorer/runs.js";
import { assertReadable, COLORS, fakeContext } from "./fake.js";

const TEXT = {
	lossTitle: "training loss (log scale, mean of 10 steps)",
	lossShort: "training loss (log)",
	rateTitle: "learning rate",
	stepTitle: "step",
	keyThis: "this schedule",
	keyConstant: "constant rate",
	guess: "ln {classes} = {guess}: guessing",
	end: "diverged, step {step}",
	say_constant: "constant {rate}.",
	say_step: "step {rate} {factor} {decays}.",
	say_cosine: "cosine.",
	warmed: "warm {warm}.",
	result: "loss {loss} accuracy {accuracy}.",
	resultSeeds: "loss {loss} accuracy {accuracy} ± {spread} of {seeds}.",
	compare: "{points} points.",
	diverged: "diverged {step} {gone}/{seeds}.",
	soFar: "{done}/{total}.",
};

function run(name, more = {}) {
	return {
		name,
		rate: 0.1,
		steps: 300,
		milestones: [],
		factor: 0.1,
		warmup: 0,
		seeds: 1,
		finalLoss: 0.2,
		finalAccuracy: 0.9,
		spread: 0,
		divergedAt: -1,
		divergedSeeds: 0,
		constant: 0,
		...more,
	};
}

function someRuns() {
	const runs = [run("constant")];
	for (const first of [0.2, 0.4]) {
		for (const second of [0.6, 0.8]) {
			for (const factor of [0.1, 0.3])
				runs.push(run("step", { milestones: [first, second], factor }));
		}
	}
	runs.push(run("cosine"), run("cosine", { warmup: 0.1, finalAccuracy: 0.88 }));
	return {
		total: 300,
		done: 300,
		runs,
		logLoss: runs.map(() => Float32Array.from({ length: 300 }, (_, i) => 0.36 - i / 300)),
		low: 0.1,
		top: 3.2,
		guess: Math.log(10),
		classes: 10,
	};
}

test("every choice leads to a trained run that has the chosen value", () => {
	const { runs } = someRuns();
	for (const current of runs) {
		for (const key of Object.keys(settings(current))) {
			for (const value of choices(runs, current, key)) {
				const next = runs[pick(runs, current, key, value)];
				assert.equal(next.name, current.name);
				assert.equal(settings(next)[key], value);
			}
		}
		for (const name of names(runs))
			assert.equal(runs[pick(runs, current, "name", name)].name, name);
	}
});

test("changing one setting keeps the others where a run allows it", () => {
	const { runs } = someRuns();
	const current = runs.find((r) => r.milestones[1] === 0.8 && r.factor === 0.3);
	const next = runs[pick(runs, current, "m0", 0.4)];
	assert.deepEqual([next.milestones, next.factor], [[0.4, 0.8], 0.3]);
});

test("choosing what is shown already changes nothing", () => {
	const { runs } = someRuns();
	runs.forEach((current, i) => {
		if (current.name === "step") assert.equal(pick(runs, current, "factor", current.factor), i);
	});
});

test("only what was trained in several places has a handle, and a finger finds it", () => {
	const data = someRuns();
	const boxes = layout(900);
	assert.deepEqual(handles(data, data.runs[0], boxes.rate), []);
	const points = handles(data, data.runs[1], boxes.rate);
	assert.deepEqual(
		points.map(({ key, step }) => [key, step]),
		[
			["m0", 60],
			["m1", 180],
		],
	);
	const { step } = scales(data, data.runs[1], boxes);
	assert.equal(grabbed(points, step, step(180) + 9, points[1].y)?.key, "m1");
	assert.equal(grabbed(points, step, step(120), points[1].y), undefined);
	assert.deepEqual(
		handles(data, data.runs.at(-1), boxes.rate).map(({ key }) => key),
		["warmup"],
	);
});

test("no word leaves the view and no two words overlap, for every run and width", () => {
	const data = someRuns();
	data.runs[2] = { ...data.runs[2], divergedAt: 140 };
	for (let width = 480; width <= 1200; width += 40) {
		data.runs.forEach((_, i) => {
			const ctx = fakeContext();
			draw(ctx, data, i, layout(width), TEXT, COLORS);
			assertReadable(ctx.texts, width);
		});
	}
});

test("words give the numbers and compare with the constant rate", () => {
	const data = someRuns();
	assert.equal(summary(data, 0, TEXT), "constant 0.1. loss 0.200 accuracy 90.0\u00a0%.");
	assert.equal(
		summary(data, 10, TEXT),
		"cosine. warm 30. loss 0.200 accuracy 88.0\u00a0%. −2.0 points.",
	);
	data.runs[1] = { ...data.runs[1], divergedAt: 7, divergedSeeds: 2, seeds: 4 };
	assert.equal(summary(data, 1, TEXT), "step 0.1 0.1 60, 180. diverged 7 2/4.");
});
