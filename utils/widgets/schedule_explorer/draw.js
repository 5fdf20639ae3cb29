/**
 * Everything ScheduleExplorer draws, as functions of its data and a canvas context.
 * @typedef {import("../kit/axis.js").Box} Box
 * @typedef {import("../kit/theme.js").Palette} Palette
 * @typedef {import("./runs.js").Run} Run
 * @typedef {{ total: number, done: number, runs: Run[], logLoss: Float32Array[],
 *   low: number, top: number, guess: number, classes: number }} Data the loss axis goes from low to top
 * @typedef {{ key: string, step: number, y: number }} Handle a point that can be dragged
 */
import {
	curve,
	dot,
	drawAxes,
	halo,
	inside,
	line,
	linearScale,
	markEnd,
	niceTicks,
} from "../kit/axis.js";
import { fill, percent, short } from "../kit/text.js";
import { choices } from "./runs.js";
import { rateAt, roundEven, warmupSteps } from "./schedule.js";

const LEFT = 62;

/**
 * @param {number} width
 * @returns {{ height: number, loss: Box, rate: Box }} two panels over one time axis
 */
export function layout(width) {
	const right = width - 22;
	return {
		height: 348,
		loss: { left: LEFT, top: 28, right, bottom: 172 },
		rate: { left: LEFT, top: 210, right, bottom: 300 },
	};
}

/**
 * @param {Data} data
 * @param {Run} run
 * @param {ReturnType<typeof layout>} boxes
 */
export function scales(data, run, boxes) {
	return {
		step: linearScale(0, data.total, boxes.loss.left, boxes.loss.right),
		loss: linearScale(
			Math.log10(data.low),
			Math.log10(data.top),
			boxes.loss.bottom,
			boxes.loss.top,
		),
		rate: linearScale(0, run.rate * 1.1, boxes.rate.bottom, boxes.rate.top),
	};
}

/** 1, 2 and 5 times the powers of ten from `low` to `high`. @param {number} low @param {number} high */
function logTicks(low, high) {
	const powers = [0.001, 0.01, 0.1, 1, 10];
	const all = powers.flatMap((p) => [1, 2, 5].map((k) => Number((k * p).toPrecision(1))));
	return all.filter((tick) => tick >= low && tick <= high);
}

/**
 * The points of a run that can be dragged: its decays and the end of its warm-up, where other
 * places were trained too.
 * @param {Data} data
 * @param {Run} run
 * @param {Box} box the rate panel
 * @returns {Handle[]}
 */
export function handles(data, run, box) {
	const y = (box.top + box.bottom) / 2;
	const found = run.milestones.map((m, i) => ({
		key: `m${i}`,
		step: roundEven(m * data.total),
		y,
	}));
	if (run.name !== "step") found.length = 0;
	found.push({ key: "warmup", step: warmupSteps(run), y: box.top + 14 });
	return found.filter(({ key }) => choices(data.runs, run, key).length > 1);
}

/** @param {Handle[]} points @param {(step: number) => number} toX @param {number} x @param {number} y @returns {Handle | undefined} the nearest one within reach of a finger */
export function grabbed(points, toX, x, y) {
	const far = (/** @type {Handle} */ h) => Math.hypot(toX(h.step) - x, (h.y - y) / 3);
	return points.filter((h) => far(h) < 18).sort((a, b) => far(a) - far(b))[0];
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {Data} data
 * @param {number} index of the run
 * @param {ReturnType<typeof layout>} boxes
 * @param {Record<string, string>} text
 * @param {Palette} colors
 */
export function draw(ctx, data, index, boxes, text, colors) {
	const run = data.runs[index];
	const at = scales(data, run, boxes);
	const wide = boxes.loss.right > 650;
	const xTicks = niceTicks(0, data.total, wide ? 8 : 4);
	const axes = { x: at.step, xTicks, colors };
	const title = wide ? text.lossTitle : text.lossShort;
	drawAxes(ctx, boxes.loss, {
		...axes,
		y: (loss) => at.loss(Math.log10(loss)),
		yTicks: logTicks(data.low, data.top),
		title,
	});
	const yTicks = niceTicks(0, run.rate * 1.1, 3);
	drawAxes(ctx, boxes.rate, {
		...axes,
		y: at.rate,
		yTicks,
		yLabel: short,
		title: text.rateTitle,
		xTitle: text.stepTitle,
	});
	drawGuides(ctx, data, run, boxes, at, colors);
	drawLosses(ctx, data, index, boxes.loss, at, colors);
	drawRates(ctx, data, run, boxes.rate, at, colors);
	drawHandles(ctx, data, run, boxes, at, colors);
	drawKey(ctx, run, boxes.loss, text, colors);
	const step = run.divergedAt;
	if (step >= 0) markEnd(ctx, boxes.loss, at.step(step), fill(text.end, { step }), colors);
	const words = fill(text.guess, { classes: data.classes, guess: data.guess.toFixed(2) });
	halo(
		ctx,
		words,
		boxes.loss.right - 4,
		at.loss(Math.log10(data.guess)) + 14,
		colors.muted,
		colors.ground,
		"right",
	);
}

/** Dashed lines through both panels: one time axis. @param {any} ctx @param {Data} data @param {Run} run @param {any} boxes @param {any} at @param {Palette} colors */
function drawGuides(ctx, data, run, boxes, at, colors) {
	ctx.lineWidth = 1.5;
	ctx.setLineDash([6, 5]);
	line(
		ctx,
		boxes.loss.left,
		at.loss(Math.log10(data.guess)),
		boxes.loss.right,
		at.loss(Math.log10(data.guess)),
		colors.muted,
	);
	const steps = run.name === "step" ? run.milestones.map((m) => roundEven(m * data.total)) : [];
	if (warmupSteps(run)) steps.push(warmupSteps(run));
	ctx.setLineDash([3, 4]);
	for (const step of steps) {
		line(ctx, at.step(step), boxes.loss.top, at.step(step), boxes.rate.bottom, colors.second);
	}
	ctx.setLineDash([]);
}

/** @param {any} ctx @param {Data} data @param {number} index @param {Box} box @param {any} at @param {Palette} colors */
function drawLosses(ctx, data, index, box, at, colors) {
	const other = data.runs[index].constant;
	const steps = data.logLoss[index].map((_, i) => i + 1);
	inside(ctx, box, () => {
		if (other !== null && other !== index) {
			ctx.setLineDash([7, 4]);
			curve(ctx, steps, data.logLoss[other], at.step, at.loss, colors.muted, 1.5);
			ctx.setLineDash([]);
		}
		curve(ctx, steps, data.logLoss[index], at.step, at.loss, colors.ground, 5);
		curve(ctx, steps, data.logLoss[index], at.step, at.loss, colors.accent, 2.5);
	});
}

/** @param {any} ctx @param {Data} data @param {Run} run @param {Box} box @param {any} at @param {Palette} colors */
function drawRates(ctx, data, run, box, at, colors) {
	const steps = Array.from({ length: data.total }, (_, i) => i);
	const rates = steps.map((step) => rateAt(run, step));
	if (run.name !== "constant") {
		ctx.setLineDash([7, 4]);
		ctx.lineWidth = 1.5;
		line(ctx, box.left, at.rate(run.rate), box.right, at.rate(run.rate), colors.muted);
		ctx.setLineDash([]);
	}
	curve(ctx, steps, rates, at.step, at.rate, colors.accent, 2.5);
}

/** @param {any} ctx @param {Data} data @param {Run} run @param {any} boxes @param {any} at @param {Palette} colors */
function drawHandles(ctx, data, run, boxes, at, colors) {
	ctx.lineWidth = 2;
	for (const { key, step, y } of handles(data, run, boxes.rate)) {
		for (const share of choices(data.runs, run, key)) {
			dot(ctx, at.step(roundEven(share * data.total)), y, 2, colors.second);
		}
		const x = at.step(step);
		dot(ctx, x, y, 10, colors.ground);
		dot(ctx, x, y, 8.5, colors.second);
		for (const side of [-3, 3]) line(ctx, x + side, y - 4, x + side, y + 4, colors.ground);
	}
}

/** The key of the two curves, right of the title. @param {any} ctx @param {Run} run @param {Box} box @param {any} text @param {Palette} colors */
function drawKey(ctx, run, box, text, colors) {
	const y = box.top - 13;
	let x = box.right;
	const entries = [[text.keyThis, colors.accent, [], 2.5]];
	if (run.constant !== null && run.name !== "constant") {
		entries.unshift([text.keyConstant, colors.muted, [7, 4], 1.5]);
	}
	for (const [words, color, dash, width] of entries) {
		x -= ctx.measureText(words).width;
		halo(ctx, words, x, y, colors.ink, colors.ground);
		ctx.lineWidth = width;
		ctx.setLineDash(dash);
		line(ctx, x - 34, y, x - 8, y, color);
		ctx.setLineDash([]);
		x -= 50;
	}
}

/** A setting's value in words, for its slider. @param {string} key @param {number} value @param {number} total */
export function valueWords(key, value, total) {
	if (key === "warmup" || key.startsWith("m")) return String(roundEven(value * total));
	return short(value);
}

/**
 * What the view shows, in words.
 * @param {Data} data
 * @param {number} index
 * @param {Record<string, string>} text
 */
export function summary(data, index, text) {
	const run = data.runs[index];
	const other = run.constant === null || run.constant === index ? null : data.runs[run.constant];
	const warm = warmupSteps(run);
	const parts = [fill(text[`say_${run.name}`], describe(data, run))];
	if (warm) parts.push(fill(text.warmed, { warm }));
	if (run.divergedAt >= 0) {
		parts.push(
			fill(text.diverged, { step: run.divergedAt, gone: run.divergedSeeds, seeds: run.seeds }),
		);
	} else if (run.finalLoss !== null) {
		parts.push(fill(run.seeds > 1 ? text.resultSeeds : text.result, result(run)));
		if (other) parts.push(compare(run, other, text));
	}
	if (data.done < data.total) parts.push(fill(text.soFar, { done: data.done, total: data.total }));
	return parts.join(" ");
}

/** @param {Data} data @param {Run} run */
function describe(data, run) {
	const decays = run.milestones.map((m) => roundEven(m * data.total)).join(", ");
	return { rate: short(run.rate), factor: short(run.factor), decays };
}

/** @param {Run} run */
function result(run) {
	return {
		loss: run.finalLoss?.toFixed(3) ?? "",
		accuracy: percent(run.finalAccuracy ?? 0),
		spread: (100 * (run.spread ?? 0)).toFixed(1),
		seeds: run.seeds,
	};
}

/** @param {Run} run @param {Run} other @param {Record<string, string>} text */
function compare(run, other, text) {
	if (other.finalAccuracy === null || run.finalAccuracy === null) return text.otherDiverged;
	const points = 100 * (run.finalAccuracy - other.finalAccuracy);
	return fill(text.compare, {
		...result(other),
		rate: short(other.rate),
		points: (points < 0 ? "−" : "+") + Math.abs(points).toFixed(1),
	});
}
