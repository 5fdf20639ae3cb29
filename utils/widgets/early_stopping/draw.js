/**
 * Everything EarlyStopping draws, as functions of its data and a canvas context.
 * @typedef {import("../kit/axis.js").Box} Box
 * @typedef {import("../kit/theme.js").Palette} Palette
 * @typedef {object} Data made by widget.py; one row a run, one column a patience from 1
 * @property {string[]} conditions
 * @property {number} seeds rows of each condition
 * @property {number[]} evalSteps
 * @property {Float32Array[]} trainAccuracy
 * @property {Float32Array[]} valAccuracy
 * @property {Float32Array[]} trainLoss
 * @property {Float32Array[]} valLoss
 * @property {number[][]} bestValue
 * @property {number[][]} bestAt positions in evalSteps
 * @property {number[][]} stopAt
 * @property {boolean[][]} stopped
 * @property {number[][]} kept test accuracy of the kept weights
 * @property {number[]} last test accuracy of the last weights
 * @property {number} lossTop
 */
import {
	curve,
	dot,
	drawAxes,
	halo,
	inside,
	line,
	linearScale,
	niceTicks,
	traceCurve,
} from "../kit/axis.js";
import { fill, percent } from "../kit/text.js";

const LEFT = 58;

/**
 * Where the panels stand in a view of this width: side by side, or one under the other.
 * @param {number} width
 * @returns {{ height: number, accuracy: Box, loss: Box, test: Box }}
 */
export function layout(width) {
	if (width < 690) {
		const right = width - 18;
		return {
			height: 620,
			accuracy: { left: LEFT, top: 28, right, bottom: 200 },
			loss: { left: LEFT, top: 238, right, bottom: 330 },
			test: { left: LEFT, top: 412, right, bottom: 572 },
		};
	}
	const middle = Math.round(width * 0.58);
	return {
		height: 372,
		accuracy: { left: LEFT, top: 28, right: middle - 20, bottom: 190 },
		loss: { left: LEFT, top: 230, right: middle - 20, bottom: 324 },
		test: { left: middle + LEFT - 8, top: 28, right: width - 18, bottom: 324 },
	};
}

/** Rows of the same condition. @param {Data} data @param {number} row */
function siblings(data, row) {
	const first = row - (row % data.seeds);
	return Array.from({ length: data.seeds }, (_, i) => first + i);
}

/** Lower end of the accuracy axis, in steps of 10 points. @param {Data} data */
function lowestShare(data) {
	const rows = [...data.trainAccuracy, ...data.valAccuracy];
	return Math.floor(10 * Math.min(...rows.map((row) => Math.min(...row)), 0.9)) / 10;
}

/** Ends of the test panel's axis, in steps of 5 points. @param {Data} data @param {number} row */
function testRange(data, row) {
	const shown = siblings(data, row).flatMap((i) => [...data.kept[i], data.last[i]]);
	return [Math.floor(20 * Math.min(...shown)) / 20, Math.ceil(20 * Math.max(...shown)) / 20 + 0.01];
}

/**
 * @param {Data} data
 * @param {number} row
 * @param {ReturnType<typeof layout>} boxes
 */
export function scales(data, row, boxes) {
	const { accuracy, loss, test } = boxes;
	const end = data.evalSteps[data.evalSteps.length - 1];
	const [low, high] = testRange(data, row);
	return {
		step: linearScale(0, end, accuracy.left, accuracy.right),
		accuracy: linearScale(lowestShare(data), 1, accuracy.bottom, accuracy.top),
		loss: linearScale(0, data.lossTop, loss.bottom, loss.top),
		patience: linearScale(0.5, data.kept[0].length + 0.5, test.left, test.right),
		test: linearScale(low, high, test.bottom, test.top),
	};
}

/** The patience at a place of the test panel. @param {Data} data @param {number} value */
export function nearestPatience(data, value) {
	return Math.min(data.kept[0].length, Math.max(1, Math.round(value)));
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {Data} data
 * @param {number} row
 * @param {number} patience
 * @param {ReturnType<typeof layout>} boxes
 * @param {Record<string, string>} text
 * @param {Palette} colors
 */
export function draw(ctx, data, row, patience, boxes, text, colors) {
	const at = scales(data, row, boxes);
	const stop = data.stopAt[row][patience - 1];
	drawFrames(ctx, data, row, boxes, at, text, colors);
	for (const [kind, box] of /** @type {const} */ ([
		["Accuracy", boxes.accuracy],
		["Loss", boxes.loss],
	])) {
		const y = kind === "Loss" ? at.loss : at.accuracy;
		drawRun(
			ctx,
			data,
			data[`train${kind}`][row],
			stop,
			box,
			at.step,
			y,
			colors.second,
			[7, 4],
			colors,
		);
		drawRun(ctx, data, data[`val${kind}`][row], stop, box, at.step, y, colors.accent, [], colors);
	}
	drawMarks(ctx, data, row, patience, boxes, at, text, colors);
	drawNames(ctx, data, row, boxes, at, text, colors);
	drawTest(ctx, data, row, patience, boxes.test, at, text, colors);
}

/** @param {any} ctx @param {Data} data @param {number} row @param {any} boxes @param {any} at @param {any} text @param {Palette} colors */
function drawFrames(ctx, data, row, boxes, at, text, colors) {
	const { accuracy, loss, test } = boxes;
	const end = data.evalSteps[data.evalSteps.length - 1];
	const xTicks = niceTicks(0, end, accuracy.right - accuracy.left > 330 ? 6 : 3);
	const yLabel = (/** @type {number} */ share) => `${Math.round(100 * share)} %`;
	const [low, high] = testRange(data, row);
	const shared = { x: at.step, xTicks, colors };
	const yTicks = niceTicks(lowestShare(data), 1, 4);
	drawAxes(ctx, accuracy, { ...shared, y: at.accuracy, yTicks, yLabel, title: text.accuracyTitle });
	drawAxes(ctx, loss, {
		...shared,
		y: at.loss,
		yTicks: niceTicks(0, data.lossTop, 3),
		xTitle: text.stepTitle,
		title: text.lossTitle,
	});
	drawAxes(ctx, test, {
		x: at.patience,
		y: at.test,
		xTicks: [1, 5, 10, 15, 20].filter((value) => value <= data.kept[0].length),
		yTicks: niceTicks(low, high, 5),
		yLabel,
		xTitle: text.patienceTitle,
		title: text.testTitle,
		colors,
	});
}

/** One curve: drawn out as far as it was trained, faint where early stopping never went. @param {any} ctx @param {Data} data @param {Float32Array} values @param {number} stop @param {Box} box @param {any} x @param {any} y @param {string} color @param {number[]} dash @param {Palette} colors */
function drawRun(ctx, data, values, stop, box, x, y, color, dash, colors) {
	const steps = data.evalSteps;
	inside(ctx, box, () => {
		ctx.setLineDash(dash);
		curve(ctx, steps.slice(stop), values.subarray(stop), x, y, colors.muted, 1.2);
		curve(ctx, steps, values.subarray(0, stop + 1), x, y, color, 2.5);
		ctx.setLineDash([]);
	});
}

/** Lines at the kept step and at the stop, a dot on what is kept. @param {any} ctx @param {Data} data @param {number} row @param {number} patience @param {any} boxes @param {any} at @param {any} text @param {Palette} colors */
function drawMarks(ctx, data, row, patience, boxes, at, text, colors) {
	const { accuracy, loss } = boxes;
	const [best, stop] = [data.bestAt, data.stopAt].map((table) => table[row][patience - 1]);
	const [xBest, xStop] = [best, stop].map((place) => at.step(data.evalSteps[place]));
	for (const box of [accuracy, loss]) {
		ctx.lineWidth = 2;
		line(ctx, xBest, box.top, xBest, box.bottom, colors.accent);
		ctx.setLineDash([3, 4]);
		line(ctx, xStop, box.top, xStop, box.bottom, colors.ink);
		ctx.setLineDash([]);
	}
	for (const [values, y] of [
		[data.valAccuracy, at.accuracy],
		[data.valLoss, at.loss],
	]) {
		dot(ctx, xBest, y(values[row][best]), 8, colors.ground);
		dot(ctx, xBest, y(values[row][best]), 6, colors.accent);
		ctx.fillStyle = colors.ink;
		ctx.fillRect(xStop - 4, y(values[row][stop]) - 4, 8, 8);
	}
	const y = accuracy.bottom - 14;
	const left = xBest - 46 > accuracy.left;
	const side = left ? "right" : "left";
	halo(ctx, text.kept, xBest + (left ? -7 : 7), y - 20, colors.accent, colors.ground, side);
	const room = xStop + 50 < accuracy.right;
	halo(
		ctx,
		text.stop,
		xStop + (room ? 7 : -7),
		y,
		colors.ink,
		colors.ground,
		room ? "left" : "right",
	);
}

/** Names beside the ends of the curves. @param {any} ctx @param {Data} data @param {number} row @param {any} boxes @param {any} at @param {any} text @param {Palette} colors */
function drawNames(ctx, data, row, boxes, at, text, colors) {
	const box = boxes.accuracy;
	const x = box.right - 6;
	/** @param {Float32Array} row a name stands under the lowest point of its curve's end */
	const under = (row) => at.accuracy(Math.min(...row.subarray((3 * row.length) >> 2))) + 13;
	const training = under(data.trainAccuracy[row]);
	const validation = Math.max(under(data.valAccuracy[row]), training + 19);
	halo(ctx, text.train, x, training, colors.second, colors.ground, "right");
	halo(ctx, text.validation, x, validation, colors.accent, colors.ground, "right");
}

/** Test accuracy of what is kept, for every patience. @param {any} ctx @param {Data} data @param {number} row @param {number} patience @param {Box} box @param {any} at @param {any} text @param {Palette} colors */
function drawTest(ctx, data, row, patience, box, at, text, colors) {
	const xs = data.kept[row].map((_, i) => i + 1);
	ctx.lineWidth = 1.5;
	ctx.strokeStyle = colors.faint;
	ctx.beginPath();
	for (const i of siblings(data, row)) {
		if (i !== row) traceCurve(ctx, xs, data.kept[i], at.patience, at.test);
	}
	ctx.stroke();
	const last = at.test(data.last[row]);
	ctx.lineWidth = 2;
	ctx.setLineDash([6, 5]);
	line(ctx, box.left, last, box.right, last, colors.second);
	ctx.setLineDash([]);
	curve(ctx, xs, data.kept[row], at.patience, at.test, colors.accent, 2);
	const [x, y] = [at.patience(patience), at.test(data.kept[row][patience - 1])];
	ctx.lineWidth = 2;
	line(ctx, x, box.top, x, box.bottom, colors.accent);
	dot(ctx, x, y, 9, colors.ground);
	dot(ctx, x, y, 6.5, colors.accent);
	const under = last + 26 < box.bottom;
	halo(
		ctx,
		text.last,
		box.right - 6,
		last + (under ? 13 : -13),
		colors.second,
		colors.ground,
		"right",
	);
}

/**
 * What the view shows, in words.
 * @param {Data} data
 * @param {number} row
 * @param {number} patience
 * @param {Record<string, string>} text
 */
export function summary(data, row, patience, text) {
	const at = patience - 1;
	const steps = data.evalSteps;
	const stop = steps[data.stopAt[row][at]];
	const kept = data.kept[row][at];
	const points = 100 * (kept - data.last[row]);
	const values = {
		patience,
		stop,
		best: steps[data.bestAt[row][at]],
		val: percent(data.bestValue[row][at]),
		kept: percent(kept),
		last: percent(data.last[row]),
		points: Math.abs(points).toFixed(1),
		share: percent(stop / steps[steps.length - 1]),
	};
	const verdict = Math.abs(points) < 0.05 ? "same" : points > 0 ? "gains" : "loses";
	const parts = [data.stopped[row][at] ? "stops" : "ends", "keeps", verdict, "saved"];
	return parts.map((part) => fill(text[part], values)).join(" ");
}
