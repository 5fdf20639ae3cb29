/**
 * Everything GradientFlow draws, as functions of its data and a canvas context.
 * @typedef {import("../kit/axis.js").Box} Box
 * @typedef {import("../kit/theme.js").Palette} Palette
 * @typedef {object} Data made by widget.py; C cells, S singular values, T time steps
 * @property {number[]} values (S,)
 * @property {number} steps
 * @property {string[]} cells
 * @property {number[][][]} mid (C, S, T) powers of ten, relative to the last step
 * @property {number[][][]} low
 * @property {number[][][]} high
 */
import { curve, drawAxes, halo, inside, linearScale, niceTicks } from "../kit/axis.js";
import { fill } from "../kit/text.js";

const DASHES = [[], [10, 5], [3, 5]];
const VANISHED = -4;
const EXPLODED = 2;

/** @param {number} width */
export function layout(width) {
	return { left: 58, top: 34, right: width - 172, bottom: 340, height: 394 };
}

/** @param {Data} data @param {Box} box */
export function scales(data, box) {
	const all = [data.low, data.high].flat(3);
	const ends = [data.values[0], data.values[data.values.length - 1]];
	const line = ends.map((value) => (data.steps - 1) * Math.log10(value));
	const low = Math.max(-32, Math.floor(Math.min(...all, ...line, -1)));
	const high = Math.ceil(Math.max(...all, ...line, 1));
	return {
		x: linearScale(1, data.steps, box.left, box.right),
		y: linearScale(low, high, box.bottom, box.top),
		low,
		high,
	};
}

/** The theory's powers of ten. @param {Data} data @param {number} selected */
export function theory(data, selected) {
	const power = Math.log10(data.values[selected]);
	return Array.from({ length: data.steps }, (_, t) => (data.steps - 1 - t) * power);
}

/** The value whose theory line begins nearest to a height. @param {Data} data @param {Box} box @param {number} y */
export function nearestValue(data, box, y) {
	const at = scales(data, box).y;
	const away = data.values.map((_, s) => Math.abs(at(theory(data, s)[0]) - y));
	return away.indexOf(Math.min(...away));
}

/** @param {number} power */
export function verdict(power) {
	if (power <= VANISHED) return "vanished";
	return power >= EXPLODED ? "exploded" : "alive";
}

/** A power of ten with a raised exponent: 10⁻⁵. @param {number} power */
export function powerOfTen(power) {
	const raised = (/** @type {string} */ sign) => (sign === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(sign)]);
	return `10${[...String(Math.round(power) + 0)].map(raised).join("")}`;
}

/** @param {Data} data @param {number} selected @param {boolean[]} shown @param {Record<string, string>} text */
export function summary(data, selected, shown, text) {
	const cells = data.cells.flatMap((cell, c) => {
		if (!shown[c]) return [];
		const power = data.mid[c][selected][0];
		const words = { name: text[cell], power: powerOfTen(power) };
		return fill(text.cell, { ...words, verdict: text[verdict(power)] });
	});
	if (cells.length === 0) return text.nothing;
	const value = data.values[selected].toFixed(2);
	return fill(text.summary, { value, steps: data.steps - 1, cells: cells.join(" ") });
}

/**
 * @param {CanvasRenderingContext2D} ctx @param {Data} data @param {number} selected
 * @param {boolean[]} shown @param {Box} box @param {Record<string, string>} text @param {Palette} colors
 */
export function draw(ctx, data, selected, shown, box, text, colors) {
	const at = scales(data, box);
	const time = Array.from({ length: data.steps }, (_, t) => t + 1);
	drawAxes(ctx, box, {
		...at,
		xTicks: [1, ...niceTicks(2, data.steps, 5)],
		yTicks: niceTicks(at.low, at.high, 7),
		yLabel: powerOfTen,
		xTitle: text.timeTitle,
		title: text.chartTitle,
		colors,
	});
	const expected = theory(data, selected);
	/** @type {[string, number, string][]} */
	const names = [[text.theory, at.y(expected[data.steps >> 1]), colors.ink]];
	inside(ctx, box, () => {
		ctx.setLineDash([1, 4]);
		curve(ctx, time, expected, at.x, at.y, colors.ink, 3);
		data.cells.forEach((cell, c) => {
			if (!shown[c]) return;
			const color = [colors.accent, colors.second, colors.muted][c % 3];
			band(ctx, time, data.low[c][selected], data.high[c][selected], at, color);
			ctx.setLineDash(DASHES[c % 3]);
			curve(ctx, time, data.mid[c][selected], at.x, at.y, color, 3);
			names.push([text[cell], c, color]);
		});
		ctx.setLineDash([]);
	});
	legend(ctx, names, box, colors);
}

/** @param {any} ctx @param {number[]} time @param {number[]} low @param {number[]} high @param {any} at @param {string} color */
function band(ctx, time, low, high, at, color) {
	ctx.fillStyle = color;
	ctx.globalAlpha = 0.18;
	ctx.beginPath();
	time.forEach((t, i) => {
		ctx.lineTo(at.x(t), at.y(high[i]));
	});
	for (let i = time.length - 1; i >= 0; i--) ctx.lineTo(at.x(time[i]), at.y(low[i]));
	ctx.fill();
	ctx.globalAlpha = 1;
}

/** Names beside the chart, each after a piece of its line. @param {any} ctx @param {[string, number, string][]} names @param {Box} box @param {Palette} colors */
function legend(ctx, names, box, colors) {
	names.forEach(([name, c, color], row) => {
		const y = box.top + 14 + 26 * row;
		ctx.setLineDash(row === 0 ? [1, 4] : DASHES[c % 3]);
		const xs = [box.right + 10, box.right + 32];
		const same = (/** @type {number} */ v) => v;
		curve(ctx, xs, [y, y], same, same, color, 3);
		ctx.setLineDash([]);
		halo(ctx, name, box.right + 38, y, color, colors.ground);
	});
}
