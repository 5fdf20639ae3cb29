/**
 * Everything LengthSlider draws and says, as functions of its data and a canvas context.
 * @typedef {import("../kit/axis.js").Box} Box
 * @typedef {import("../kit/theme.js").Palette} Palette
 * @typedef {{ source: string[], target: string[], answers: string[][] }} Example
 * @typedef {object} Data made by widget.py
 * @property {string[]} names of the curves
 * @property {string[]} bins lengths in words, such as "28–30"
 * @property {number[][]} mean curve, bin
 * @property {number[][]} low
 * @property {number[][]} high
 * @property {Example[][]} examples bin, sentence
 */
import { curve, dot, drawAxes, halo, line, linearScale } from "../kit/axis.js";
import { fill, percent } from "../kit/text.js";

const DASHES = [[], [7, 4], [2, 3]];

/** @param {number} width @returns {{ height: number, chart: Box }} */
export function layout(width) {
	return { height: 226, chart: { left: 62, top: 28, right: width - 22, bottom: 176 } };
}

/** @param {Data} data @param {Box} box */
export function scales(data, box) {
	const last = Math.max(1, data.bins.length - 1);
	return {
		x: linearScale(-0.3, last + 0.3, box.left, box.right),
		y: linearScale(0, 1, box.bottom, box.top),
	};
}

/** The bin nearest to a place of the chart. @param {Data} data @param {Box} box @param {number} x */
export function binAt(data, box, x) {
	const place = Math.round(scales(data, box).x.invert(x));
	return Math.min(data.bins.length - 1, Math.max(0, place));
}

/** Which words of an answer are not what the target has at that place. @param {string[]} answer @param {string[]} target */
export function wrongWords(answer, target) {
	return answer.map((word, i) => word !== target[i]);
}

/** How many places differ, words that are missing included. @param {string[]} answer @param {string[]} target */
export function mistakes(answer, target) {
	const wrong = wrongWords(answer, target).filter(Boolean).length;
	return wrong + Math.max(0, target.length - answer.length);
}

/** @param {any} ctx @param {Data} data @param {number} bin @param {Box} box @param {any} text @param {Palette} colors */
export function draw(ctx, data, bin, box, text, colors) {
	const { x, y } = scales(data, box);
	const places = data.bins.map((_, i) => i);
	const each = Math.ceil((data.bins.length * 52) / (box.right - box.left));
	drawAxes(ctx, box, {
		x,
		y,
		xTicks: places.filter((i) => i % each === 0),
		yTicks: [0, 0.25, 0.5, 0.75, 1],
		xLabel: (i) => data.bins[i],
		yLabel: (share) => `${Math.round(100 * share)} %`,
		xTitle: text.axis,
		title: text.title,
		colors,
	});
	ctx.lineWidth = 2;
	line(ctx, x(bin), box.top, x(bin), box.bottom, colors.muted);
	const tints = [colors.accent, colors.second, colors.ink];
	data.names.forEach((_, k) => {
		band(ctx, data, k, x, y, colors);
	});
	data.names.forEach((_, k) => {
		ctx.setLineDash(DASHES[k]);
		curve(ctx, places, data.mean[k], x, y, tints[k], 3);
		ctx.setLineDash([]);
		for (const i of places) dot(ctx, x(i), y(data.mean[k][i]), i === bin ? 7 : 4, tints[k]);
	});
	drawNames(ctx, data, box, y, tints, colors);
}

/** @param {any} ctx @param {Data} data @param {number} k @param {any} x @param {any} y @param {Palette} colors */
function band(ctx, data, k, x, y, colors) {
	ctx.fillStyle = colors.faint;
	ctx.beginPath();
	data.low[k].forEach((share, i) => {
		ctx.lineTo(x(i), y(share));
	});
	for (let i = data.bins.length - 1; i >= 0; i--) ctx.lineTo(x(i), y(data.high[k][i]));
	ctx.fill();
}

/** The names of several curves, one under the other at the left, where all curves are high. @param {any} ctx @param {Data} data @param {Box} box @param {any} y @param {string[]} tints @param {Palette} colors */
function drawNames(ctx, data, box, y, tints, colors) {
	data.names.forEach((name, k) => {
		const at = y(0.42) + 24 * k;
		ctx.setLineDash(DASHES[k]);
		ctx.lineWidth = 3;
		line(ctx, box.left + 14, at, box.left + 50, at, tints[k]);
		ctx.setLineDash([]);
		halo(ctx, name, box.left + 58, at, tints[k], colors.ground);
	});
}

/** What the view shows, in words. @param {Data} data @param {number} bin @param {number} sentence @param {Record<string, string>} text */
export function summary(data, bin, sentence, text) {
	const all = data.names.map((name, k) =>
		fill(text.part, { name, share: percent(data.mean[k][bin]) }),
	);
	const facts = { bin: data.bins[bin], all: all.join(text.join) };
	const { target, answers } = data.examples[bin][sentence];
	const each = answers.map((answer, k) => {
		const wrong = mistakes(answer, target);
		const count = Math.max(answer.length, target.length);
		return fill(wrong ? text.fails : text.exact, { name: data.names[k], wrong, count });
	});
	return [fill(text.score, facts), ...each].join(" ");
}
