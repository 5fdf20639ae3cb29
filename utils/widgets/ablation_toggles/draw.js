/**
 * Everything AblationToggles draws, as functions of its data and a canvas context.
 * @typedef {import("../kit/axis.js").Box} Box
 * @typedef {import("../kit/theme.js").Palette} Palette
 * @typedef {object} Data made by widget.py; one row a way to set the switches
 * @property {number[][]} on 1 where a part is on
 * @property {number[]} updates
 * @property {number} seeds
 * @property {{ mean: number[][], low: number[][], high: number[][] }} exact way, moment
 * @property {{ mean: number[], low: number[], high: number[] }} test
 * @property {string[]} source
 * @property {string[]} target
 * @property {string[][]} answers way, sentence
 */
import { curve, dot, drawAxes, halo, inside, line, linearScale, niceTicks } from "../kit/axis.js";
import { fill, percent } from "../kit/text.js";

export const PARTS = ["residual", "norm", "positions", "heads"];
const LEFT = 58;
const SQUARE = 11;

/**
 * Where the panels stand: side by side, or one under the other.
 * @param {number} width
 * @returns {{ height: number, curves: Box, ways: Box }}
 */
export function layout(width) {
	if (width < 690) {
		const right = width - 24;
		return {
			height: 620,
			curves: { left: LEFT, top: 28, right, bottom: 230 },
			ways: { left: LEFT + 34, top: 312, right, bottom: 572 },
		};
	}
	const middle = Math.round(width * 0.52);
	return {
		height: 352,
		curves: { left: LEFT, top: 28, right: middle - 26, bottom: 304 },
		ways: { left: middle + 80, top: 28, right: width - 24, bottom: 304 },
	};
}

/** Ways from the best to the worst on test sentences. @param {Data} data */
export function ranking(data) {
	const { mean } = data.test;
	return mean.map((_, i) => i).sort((a, b) => mean[b] - mean[a] || a - b);
}

/** The row in which the part of one row is switched. @param {Data} data @param {number} row @param {number} part */
export function switched(data, row, part) {
	const wanted = data.on[row].map((on, i) => (i === part ? 1 - on : on));
	return data.on.findIndex((way) => way.every((on, i) => on === wanted[i]));
}

/** The row that a place in the right panel stands for, -1 beside it. @param {Data} data @param {Box} box @param {number} x @param {number} y */
export function rowAt(data, box, x, y) {
	const rank = Math.floor(((y - box.top) / (box.bottom - box.top)) * data.on.length);
	const inside = x > box.left - 76 && x < box.right + 18;
	return inside && rank >= 0 && rank < data.on.length ? ranking(data)[rank] : -1;
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {Data} data
 * @param {number} row
 * @param {ReturnType<typeof layout>} boxes
 * @param {Record<string, string>} text
 * @param {Palette} colors
 */
export function draw(ctx, data, row, boxes, text, colors) {
	drawCurves(ctx, data, row, boxes.curves, text, colors);
	drawWays(ctx, data, row, boxes.ways, text, colors);
}

/** @param {number} share */
const whole = (share) => `${Math.round(100 * share)} %`;

/** @param {any} ctx @param {Data} data @param {number} row @param {Box} box @param {any} text @param {Palette} colors */
function drawCurves(ctx, data, row, box, text, colors) {
	const { updates, exact } = data;
	const last = updates.length - 1;
	const x = linearScale(0, updates[last], box.left, box.right);
	const y = linearScale(0, 1, box.bottom, box.top);
	drawAxes(ctx, box, {
		x,
		y,
		xTicks: niceTicks(0, updates[last], 4),
		yTicks: niceTicks(0, 1, 5),
		yLabel: whole,
		xTitle: text.updatesAxis,
		title: text.curveTitle,
		colors,
	});
	const full = data.on.findIndex((way) => way.every(Boolean));
	inside(ctx, box, () => {
		for (const other of exact.mean) curve(ctx, updates, other, x, y, colors.faint, 1.5);
		ctx.fillStyle = colors.faint;
		ctx.beginPath();
		updates.forEach((at, i) => {
			ctx.lineTo(x(at), y(exact.low[row][i]));
		});
		for (let i = last; i >= 0; i--) ctx.lineTo(x(updates[i]), y(exact.high[row][i]));
		ctx.fill();
		ctx.setLineDash([7, 4]);
		curve(ctx, updates, exact.mean[full], x, y, colors.second, 2);
		ctx.setLineDash([]);
		curve(ctx, updates, exact.mean[row], x, y, colors.accent, 3);
	});
	for (let i = 0; i <= last; i++) dot(ctx, x(updates[i]), y(exact.mean[row][i]), 4, colors.accent);
	if (row !== full) drawName(ctx, text.all, exact.mean[full][last], y, box, colors.second, colors);
	const words = row === full ? text.all : text.chosen;
	drawName(ctx, words, exact.mean[row][last], y, box, colors.accent, colors);
}

/** A curve's name under its end, or above it where the curve lies low. @param {any} ctx @param {string} words @param {number} share @param {any} y @param {Box} box @param {string} color @param {Palette} colors */
function drawName(ctx, words, share, y, box, color, colors) {
	const high = color === colors.second ? share > 0.5 : share > 0.72;
	const far = color === colors.second ? 16 : 34;
	halo(ctx, words, box.right - 6, y(share) + (high ? far : -16), color, colors.ground, "right");
}

/** One bar a way, squares in front of it for its parts. @param {any} ctx @param {Data} data @param {number} row @param {Box} box @param {any} text @param {Palette} colors */
function drawWays(ctx, data, row, box, text, colors) {
	const { test } = data;
	const x = linearScale(0, 1, box.left, box.right);
	drawAxes(ctx, box, {
		x,
		y: linearScale(0, 1, box.bottom, box.top),
		xTicks: niceTicks(0, 1, 4),
		yTicks: [],
		xLabel: whole,
		xTitle: text.waysAxis,
		title: text.waysTitle,
		colors,
	});
	const step = (box.bottom - box.top) / data.on.length;
	ranking(data).forEach((way, rank) => {
		const middle = box.top + (rank + 0.5) * step;
		const chosen = way === row;
		const color = chosen ? colors.accent : colors.muted;
		if (chosen) {
			ctx.fillStyle = colors.soft;
			ctx.fillRect(box.left - 76, middle - step / 2, box.right - box.left + 76, step);
		}
		drawParts(ctx, data.on[way], box.left - 66, middle, color);
		ctx.fillStyle = color;
		ctx.fillRect(box.left, middle - 4, x(test.mean[way]) - box.left, 8);
		ctx.lineWidth = 2;
		line(ctx, x(test.low[way]), middle, x(test.high[way]), middle, colors.ink);
	});
	ctx.lineWidth = 1;
	line(ctx, box.left, box.top, box.left, box.bottom, colors.muted);
}

/** @param {any} ctx @param {number[]} parts @param {number} x @param {number} y @param {string} color */
function drawParts(ctx, parts, x, y, color) {
	ctx.lineWidth = 1.5;
	ctx.strokeStyle = color;
	ctx.fillStyle = color;
	parts.forEach((on, i) => {
		const left = x + i * (SQUARE + 4);
		if (on) ctx.fillRect(left, y - SQUARE / 2, SQUARE, SQUARE);
		else ctx.strokeRect(left + 1, y - SQUARE / 2 + 1, SQUARE - 2, SQUARE - 2);
	});
}

/** A way in words. @param {Data} data @param {number} row @param {Record<string, string>} text */
export function name(data, row, text) {
	const off = PARTS.filter((_, i) => !data.on[row][i]).map((part) => text[part]);
	return off.length ? fill(text.without, { parts: off.join(text.join) }) : text.all;
}

/**
 * What the view shows, in words.
 * @param {Data} data
 * @param {number} row
 * @param {Record<string, string>} text
 */
export function summary(data, row, text) {
	const { mean, low, high } = data.test;
	const full = data.on.findIndex((way) => way.every(Boolean));
	const words = name(data, row, text);
	const points = (100 * (mean[row] - mean[full])).toFixed(1);
	const values = {
		way: words[0].toUpperCase() + words.slice(1),
		mean: percent(mean[row]),
		low: percent(low[row]),
		high: percent(high[row]),
		seeds: data.seeds,
		points: points.startsWith("-") ? points.replace("-", "−") : `+${points}`,
	};
	return `${fill(text.score, values)} ${fill(row === full ? text.whole : text.same, values)}`;
}
