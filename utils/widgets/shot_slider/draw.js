/**
 * Everything ShotSlider draws, as functions of its data and a canvas context.
 * @typedef {import("../kit/axis.js").Box} Box
 * @typedef {import("../kit/theme.js").Palette} Palette
 * @typedef {object} Data made by widget.py; K numbers of shots, M ways, G emoji shown
 * @property {number[]} shots
 * @property {string[]} methods
 * @property {string[]} names of the classes
 * @property {number[][]} mean (M, K)
 * @property {number[][]} low
 * @property {number[][]} high
 * @property {number[]} truth class of each emoji shown
 * @property {string[]} emoji its name
 * @property {number[][][]} answered (M, K, G)
 * @property {number[]} labelled class of each labelled emoji
 * @property {string[]} labelledNames
 * @property {number[][][]} near (K, G, 4) labelled emoji, nearest first
 * @property {number} tile
 * @property {number} columns
 * @typedef {{ shot: number, method: number, emoji: number }} Shown
 */
import { curve, dot, drawAxes, FONT, halo, line, linearScale } from "../kit/axis.js";
import { logScale } from "../kit/log.js";
import { fill } from "../kit/text.js";

const STEP = 36;
const LABELS = 134;
const DASHES = [[], [9, 5], [2, 5]];

/**
 * Where the three parts stand: beside each other, or one under the other.
 * @param {number} width
 * @param {number} classes
 * @param {number} each emoji of a class
 */
export function layout(width, classes = 10, each = 5) {
	const rows = classes * STEP;
	const wide = width >= 940;
	const grid = wide ? width - 320 - LABELS - each * STEP : 0;
	const chartRight = wide ? grid - 34 : width - 18;
	const chart = {
		left: 46,
		top: 100,
		right: chartRight,
		bottom: wide ? Math.max(rows, 360) - 16 : 290,
	};
	const top = wide ? 28 : 366;
	const beside = wide || width >= 620;
	const near = beside ? grid + LABELS + each * STEP + 26 : 8;
	const nearTop = beside ? top : top + rows + 30;
	return {
		height: Math.max(top + rows, nearTop + 340) + 8,
		chart,
		grid: { left: grid, top, right: grid + LABELS + each * STEP, bottom: top + rows },
		near: { left: near, top: nearTop, right: width, bottom: nearTop + 330 },
	};
}

/** @param {Data} data @param {Box} box */
export function scales(data, box) {
	const last = data.shots[data.shots.length - 1];
	return {
		x: logScale(data.shots[0] * 0.9, Math.max(last, 2) * 1.12, box.left, box.right),
		y: linearScale(0, 1, box.bottom, box.top),
	};
}

/** @param {Palette} colors @param {number} method */
const colorOf = (colors, method) => [colors.accent, colors.second, colors.muted][method % 3];

/** Index of the number of shots nearest to a place on the chart. @param {Data} data @param {Box} box @param {number} x */
export function nearestShot(data, box, x) {
	const at = scales(data, box).x;
	const away = data.shots.map((count) => Math.abs(at(count) - x));
	return away.indexOf(Math.min(...away));
}

/** Corner of each emoji of the grid: a row a class. @param {Data} data @param {Box} box @returns {[number, number][]} */
export function cells(data, box) {
	const seen = data.names.map(() => 0);
	return data.truth.map((label) => {
		seen[label] += 1;
		return [box.left + LABELS + (seen[label] - 1) * STEP, box.top + label * STEP];
	});
}

/** The emoji at a place, or -1. @param {Data} data @param {Box} box @param {number} x @param {number} y */
export function emojiAt(data, box, x, y) {
	return cells(data, box).findIndex(
		([left, top]) => x >= left && x < left + STEP && y >= top && y < top + STEP,
	);
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {Data} data
 * @param {Shown} shown
 * @param {ReturnType<typeof layout>} boxes
 * @param {Record<string, string>} text
 * @param {Palette} colors
 * @param {CanvasImageSource | undefined} sheet missing until the picture has been read
 */
export function draw(ctx, data, shown, boxes, text, colors, sheet) {
	drawChart(ctx, data, shown, boxes.chart, text, colors);
	drawGrid(ctx, data, shown, boxes.grid, text, colors, sheet);
	drawNear(ctx, data, shown, boxes.near, text, colors, sheet);
}

/** @param {any} ctx @param {string} words @param {number} x @param {number} y @param {string} color @param {CanvasTextAlign} [align] */
function write(ctx, words, x, y, color, align = "left") {
	ctx.font = FONT;
	ctx.textAlign = align;
	ctx.textBaseline = "middle";
	ctx.fillStyle = color;
	ctx.fillText(words, x, y);
}

/** @param {any} ctx @param {Data} data @param {Shown} shown @param {Box} box @param {any} text @param {Palette} colors */
function drawChart(ctx, data, shown, box, text, colors) {
	const at = scales(data, box);
	drawAxes(ctx, box, {
		...at,
		xTicks: data.shots,
		yTicks: [0, 0.2, 0.4, 0.6, 0.8, 1],
		xTitle: text.shotsTitle,
		title: "",
		colors,
	});
	write(ctx, text.chartTitle, box.left, box.top - 86, colors.ink);
	const guess = at.y(1 / data.names.length);
	ctx.setLineDash([3, 4]);
	line(ctx, box.left, guess, box.right, guess, colors.muted);
	ctx.setLineDash([]);
	ctx.lineWidth = 2;
	line(
		ctx,
		at.x(data.shots[shown.shot]),
		box.top,
		at.x(data.shots[shown.shot]),
		box.bottom,
		colors.ink,
	);
	for (const method of data.methods.keys()) drawWay(ctx, data, shown, method, box, text, colors);
	halo(ctx, text.guess, box.right - 4, guess + 13, colors.muted, colors.ground, "right");
}

/** One way: its band, its line, and its row of the legend. @param {any} ctx @param {Data} data @param {Shown} shown @param {number} method @param {Box} box @param {any} text @param {Palette} colors */
function drawWay(ctx, data, shown, method, box, text, colors) {
	const at = scales(data, box);
	const color = colorOf(colors, method);
	ctx.fillStyle = color;
	ctx.globalAlpha = 0.16;
	ctx.beginPath();
	data.shots.forEach((count, k) => {
		ctx.lineTo(at.x(count), at.y(data.high[method][k]));
	});
	for (let k = data.shots.length - 1; k >= 0; k--)
		ctx.lineTo(at.x(data.shots[k]), at.y(data.low[method][k]));
	ctx.fill();
	ctx.globalAlpha = 1;
	const width = method === shown.method ? 4 : 2;
	const y = box.top - 64 + 20 * method;
	ctx.setLineDash(DASHES[method % 3]);
	curve(ctx, data.shots, data.mean[method], at.x, at.y, color, width);
	ctx.lineWidth = width;
	line(ctx, box.left, y, box.left + 40, y, color);
	ctx.setLineDash([]);
	data.shots.forEach((count, k) => {
		dot(ctx, at.x(count), at.y(data.mean[method][k]), k === shown.shot ? 6 : 3.5, color);
	});
	const mean = data.mean[method][shown.shot].toFixed(2);
	write(ctx, fill(text.legend, { name: data.methods[method], mean }), box.left + 50, y, color);
}

/** @param {any} ctx @param {any} sheet @param {Data} data @param {number} place @param {number} x @param {number} y @param {number} size */
function tile(ctx, sheet, data, place, x, y, size) {
	if (!sheet) return;
	const left = (place % data.columns) * data.tile;
	const top = Math.floor(place / data.columns) * data.tile;
	ctx.drawImage(sheet, left, top, data.tile, data.tile, x, y, size, size);
}

/** @param {any} ctx @param {Data} data @param {Shown} shown @param {Box} box @param {any} text @param {Palette} colors @param {any} sheet */
function drawGrid(ctx, data, shown, box, text, colors, sheet) {
	write(ctx, text.gridTitle, box.left, box.top - 14, colors.ink);
	data.names.forEach((name, label) => {
		const y = box.top + (label + 0.5) * STEP;
		write(ctx, name, box.left + LABELS - 8, y, colors.ink, "right");
	});
	const answers = data.answered[shown.method][shown.shot];
	cells(data, box).forEach(([x, y], i) => {
		const right = answers[i] === data.truth[i];
		ctx.globalAlpha = right ? 1 : 0.4;
		tile(ctx, sheet, data, i, x + 1, y + 1, STEP - 2);
		ctx.globalAlpha = 1;
		if (!right) halo(ctx, "✕", x + STEP - 11, y + STEP - 10, colors.warn, colors.ground, "center");
		if (i === shown.emoji) {
			ctx.lineWidth = 3;
			ctx.strokeStyle = colors.accent;
			ctx.strokeRect(x, y, STEP, STEP);
		}
	});
}

/** @param {any} ctx @param {Data} data @param {Shown} shown @param {Box} box @param {any} text @param {Palette} colors @param {any} sheet */
function drawNear(ctx, data, shown, box, text, colors, sheet) {
	const { emoji, shot } = shown;
	const truth = data.truth[emoji];
	tile(ctx, sheet, data, emoji, box.left, box.top - 24, 64);
	write(ctx, data.names[truth], box.left + 74, box.top + 8, colors.ink);
	data.methods.forEach((name, method) => {
		const y = box.top + 58 + 42 * method;
		const answer = data.answered[method][shot][emoji];
		const right = answer === truth;
		write(ctx, name, box.left, y, colors.muted);
		const words = fill(right ? text.right : text.wrong, { answer: data.names[answer] });
		write(ctx, words, box.left, y + 19, right ? colors.ink : colors.warn);
	});
	write(ctx, text.nearTitle, box.left, box.top + 188, colors.muted);
	data.near[shot][emoji].forEach((place, row) => {
		const y = box.top + 200 + row * 34;
		tile(ctx, sheet, data, data.truth.length + place, box.left, y, 32);
		const label = data.labelled[place];
		const same = label === truth ? "" : "✕ ";
		const color = label === truth ? colors.ink : colors.warn;
		write(ctx, `${same}${data.names[label]}`, box.left + 42, y + 17, color);
	});
}

/**
 * What the view shows, in words.
 * @param {Data} data
 * @param {Shown} shown
 * @param {Record<string, string>} text
 */
export function summary(data, { shot, method, emoji }, text) {
	const answers = data.answered[method][shot];
	const right = answers.filter((answer, i) => answer === data.truth[i]).length;
	const all = data.methods.map((name, m) => `${name} ${data.mean[m][shot].toFixed(2)}`).join(", ");
	const near = data.near[shot][emoji].map(
		(place) => `${data.labelledNames[place]} (${data.names[data.labelled[place]]})`,
	);
	return fill(text.summary, {
		shots: data.shots[shot],
		all,
		count: data.truth.length,
		method: data.methods[method],
		right,
		name: data.emoji[emoji],
		truth: data.names[data.truth[emoji]],
		answer: data.names[answers[emoji]],
		verdict: answers[emoji] === data.truth[emoji] ? text.isRight : text.isWrong,
		near: near.join(", "),
	});
}
