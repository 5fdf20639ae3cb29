/**
 * Everything LearningRateSweep draws, as functions of its data and a canvas context.
 * @typedef {import("../kit/axis.js").Box} Box
 * @typedef {import("../kit/theme.js").Palette} Palette
 * @typedef {object} Data made by widget.py; one entry a rate, rates rise
 * @property {number} total steps of the run
 * @property {number} done steps behind us (less than total while training)
 * @property {number[]} rates
 * @property {Float32Array[]} loss
 * @property {number[]} evalSteps
 * @property {Float32Array[]} accuracy
 * @property {(number | null)[]} finalLoss null where diverged
 * @property {(number | null)[]} finalAccuracy
 * @property {number[]} divergedAt
 * @property {("explodes" | "high" | "good" | "low" | "unknown")[]} verdict
 * @property {number | null} best index of the best rate
 * @property {number} guess loss of guessing, ln C
 * @property {number} classes
 * @property {number} top upper end of the loss axis
 */
import {
	cross,
	curve,
	dot,
	drawAxes,
	halo,
	inside,
	line,
	linearScale,
	markEnd,
	niceTicks,
	traceCurve,
} from "../kit/axis.js";
import { logScale, powerTicks } from "../kit/log.js";
import { fill, percent, short } from "../kit/text.js";

const BAND = 26;
const LEFT = 52;

/**
 * Where the panels stand in a view of this width: side by side, or one under the other.
 * @param {number} width
 * @returns {{ height: number, loss: Box, accuracy: Box, final: Box }}
 */
export function layout(width) {
	if (width < 690) {
		const right = width - 18;
		return {
			height: 610,
			loss: { left: LEFT, top: 28, right, bottom: 200 },
			accuracy: { left: LEFT, top: 238, right, bottom: 318 },
			final: { left: LEFT, top: 396 + BAND, right, bottom: 562 },
		};
	}
	const middle = Math.round(width * 0.54);
	return {
		height: 372,
		loss: { left: LEFT, top: 28, right: middle - 24, bottom: 206 },
		accuracy: { left: LEFT, top: 244, right: middle - 24, bottom: 324 },
		final: { left: middle + LEFT - 4, top: 28 + BAND, right: width - 18, bottom: 324 },
	};
}

/**
 * @param {Data} data
 * @param {ReturnType<typeof layout>} boxes
 */
export function scales(data, boxes) {
	const low = data.rates[0];
	const high = Math.max(data.rates[data.rates.length - 1], low * 1.001);
	const pad = (high / low) ** 0.03;
	return {
		step: linearScale(0, data.total, boxes.loss.left, boxes.loss.right),
		loss: linearScale(0, data.top, boxes.loss.bottom, boxes.loss.top),
		accuracy: linearScale(0, 1, boxes.accuracy.bottom, boxes.accuracy.top),
		rate: logScale(low / pad, high * pad, boxes.final.left, boxes.final.right),
		final: linearScale(0, data.top, boxes.final.bottom, boxes.final.top),
	};
}

/**
 * Index of the rate nearest to a place on the final-loss panel.
 * @param {number[]} rates
 * @param {number} rate
 */
export function nearestRate(rates, rate) {
	const distance = rates.map((value) => Math.abs(Math.log(value / rate)));
	return distance.indexOf(Math.min(...distance));
}

/**
 * What stays while the rate is dragged: axes, all curves faint, all final losses.
 * @param {CanvasRenderingContext2D} ctx
 * @param {Data} data
 * @param {ReturnType<typeof layout>} boxes
 * @param {Record<string, string>} text
 * @param {Palette} colors
 */
export function drawBackground(ctx, data, boxes, text, colors) {
	const at = scales(data, boxes);
	const steps = data.loss[0].map((_, i) => i + 1);
	const xTicks = niceTicks(0, data.total, boxes.loss.right - boxes.loss.left > 330 ? 6 : 3);
	const yTicks = niceTicks(0, data.top, 4);
	drawGrounds(ctx, data, boxes.final, at, colors);
	drawAxes(ctx, boxes.loss, {
		x: at.step,
		y: at.loss,
		xTicks,
		yTicks,
		title: text.lossTitle,
		colors,
	});
	drawAxes(ctx, boxes.accuracy, {
		x: at.step,
		y: at.accuracy,
		xTicks,
		yTicks: [0, 0.5, 1],
		yLabel: (share) => `${100 * share} %`,
		xTitle: text.stepTitle,
		title: text.accuracyTitle,
		colors,
	});
	drawAxes(
		ctx,
		{ ...boxes.final, top: boxes.final.top - BAND },
		{
			x: at.rate,
			y: at.final,
			xTicks: powerTicks(at.rate.invert(boxes.final.left), at.rate.invert(boxes.final.right)),
			xLabel: short,
			yTicks,
			xTitle: text.rateTitle,
			title: text.finalTitle,
			colors,
		},
	);
	ctx.lineWidth = 1;
	ctx.strokeStyle = colors.faint;
	drawAll(ctx, data.loss, steps, boxes.loss, at.step, at.loss);
	drawAll(ctx, data.accuracy, data.evalSteps, boxes.accuracy, at.step, at.accuracy);
	drawGuess(ctx, data, boxes.loss, at.loss, colors);
	drawFinals(ctx, data, boxes.final, at, colors);
}

/** @param {any} ctx @param {Float32Array[]} rows @param {ArrayLike<number>} xs @param {Box} box @param {any} x @param {any} y */
function drawAll(ctx, rows, xs, box, x, y) {
	inside(ctx, box, () => {
		ctx.beginPath();
		for (const row of rows) traceCurve(ctx, xs, row, x, y);
		ctx.stroke();
	});
}

/** @param {Data} data @param {any} at @returns {[number, number] | null} ends of the good rates, in pixels */
function goodRange(data, at) {
	const first = data.verdict.indexOf("good");
	if (first < 0) return null;
	const last = data.verdict.lastIndexOf("good");
	return [at.rate(data.rates[first]) - 6, at.rate(data.rates[last]) + 6];
}

/** Grounds of the good range and of the band for diverged runs. @param {any} ctx @param {Data} data @param {Box} box @param {any} at @param {Palette} colors */
function drawGrounds(ctx, data, box, at, colors) {
	ctx.fillStyle = colors.soft;
	ctx.fillRect(box.left, box.top - BAND, box.right - box.left, BAND - 2);
	const range = goodRange(data, at);
	if (range) ctx.fillRect(range[0], box.top, range[1] - range[0], box.bottom - box.top);
}

/** @param {any} ctx @param {Data} data @param {Box} box @param {any} y @param {Palette} colors */
function drawGuess(ctx, data, box, y, colors) {
	ctx.setLineDash([6, 5]);
	ctx.lineWidth = 1.5;
	line(ctx, box.left, y(data.guess), box.right, y(data.guess), colors.muted);
	ctx.setLineDash([]);
}

/** The words on the panels, over everything. @param {any} ctx @param {Data} data @param {any} boxes @param {any} at @param {any} text @param {Palette} colors */
function drawWords(ctx, data, boxes, at, text, colors) {
	const { final, loss } = boxes;
	const words = fill(text.guess, { classes: data.classes, guess: data.guess.toFixed(2) });
	halo(ctx, words, loss.right - 4, at.loss(data.guess) - 13, colors.ink, colors.ground, "right");
	halo(ctx, text.band, final.left + 8, final.top - BAND / 2 - 1, colors.warn, colors.soft);
	const range = goodRange(data, at);
	if (!range) return;
	halo(
		ctx,
		text.goodRange,
		(range[0] + range[1]) / 2,
		final.top + 14,
		colors.ink,
		colors.soft,
		"center",
	);
}

/** Place of a rate's final loss; runs off the scale stand at its top. @param {Data} data @param {number} i @param {Box} box @param {any} at */
function finalPlace(data, i, box, at) {
	const loss = data.finalLoss[i];
	const y = loss === null ? box.top - BAND / 2 : at.final(Math.min(loss, data.top));
	return [at.rate(data.rates[i]), y];
}

/** @param {any} ctx @param {Data} data @param {Box} box @param {any} at @param {Palette} colors */
function drawFinals(ctx, data, box, at, colors) {
	const places = data.rates.map((_, i) => finalPlace(data, i, box, at));
	const finals = data.finalLoss.map((loss, i) => (loss === null ? Number.NaN : places[i][1]));
	ctx.lineWidth = 1.5;
	ctx.strokeStyle = colors.muted;
	ctx.beginPath();
	traceCurve(ctx, data.rates, finals, at.rate, (y) => y);
	ctx.stroke();
	places.forEach(([x, y], i) => {
		if (data.verdict[i] === "explodes") cross(ctx, x, y, 3.5, colors.warn, 1.5);
		else if (data.finalLoss[i] !== null) dot(ctx, x, y, 2.5, colors.muted);
	});
}

/**
 * The curves and the mark of one rate, over the background.
 * @param {CanvasRenderingContext2D} ctx
 * @param {Data} data
 * @param {number} i
 * @param {ReturnType<typeof layout>} boxes
 * @param {Record<string, string>} text
 * @param {Palette} colors
 */
export function drawCurrent(ctx, data, i, boxes, text, colors) {
	const at = scales(data, boxes);
	const steps = data.loss[i].map((_, step) => step + 1);
	bold(ctx, steps, data.loss[i], boxes.loss, at.step, at.loss, colors);
	bold(ctx, data.evalSteps, data.accuracy[i], boxes.accuracy, at.step, at.accuracy, colors);
	data.evalSteps.forEach((step, k) => {
		const share = data.accuracy[i][k];
		if (!Number.isNaN(share)) dot(ctx, at.step(step), at.accuracy(share), 3.5, colors.accent);
	});
	const step = data.divergedAt[i];
	if (step >= 0) markEnd(ctx, boxes.loss, at.step(step), fill(text.end, { step }), colors);
	drawMark(ctx, data, i, boxes.final, at, colors);
	drawWords(ctx, data, boxes, at, text, colors);
}

/** @param {any} ctx @param {ArrayLike<number>} xs @param {ArrayLike<number>} ys @param {Box} box @param {any} x @param {any} y @param {Palette} colors */
function bold(ctx, xs, ys, box, x, y, colors) {
	inside(ctx, box, () => {
		curve(ctx, xs, ys, x, y, colors.ground, 6);
		curve(ctx, xs, ys, x, y, colors.accent, 3);
	});
}

/** @param {any} ctx @param {Data} data @param {number} i @param {Box} box @param {any} at @param {Palette} colors */
function drawMark(ctx, data, i, box, at, colors) {
	const [x, y] = finalPlace(data, i, box, at);
	ctx.lineWidth = 2;
	line(ctx, x, box.top - BAND, x, box.bottom, colors.accent);
	dot(ctx, x, y, 9, colors.ground);
	if (data.verdict[i] === "explodes") cross(ctx, x, y, 6, colors.accent, 3);
	else if (data.finalLoss[i] !== null) dot(ctx, x, y, 6.5, colors.accent);
}

/**
 * What the view shows, in words.
 * @param {Data} data
 * @param {number} i
 * @param {Record<string, string>} text
 */
export function summary(data, i, text) {
	const best = data.best;
	const values = {
		rate: short(data.rates[i]),
		step: data.divergedAt[i],
		steps: data.done,
		loss: data.finalLoss[i]?.toFixed(2) ?? "",
		accuracy: percent(data.finalAccuracy[i] ?? 0),
		best: best === null ? "" : short(data.rates[best]),
		bestLoss: best === null ? "" : (data.finalLoss[best]?.toFixed(2) ?? ""),
		guess: data.guess.toFixed(2),
	};
	const words = fill(text[data.verdict[i]], values);
	return data.done < data.total ? `${words} ${fill(text.soFar, { ...data })}` : words;
}
