/**
 * Everything ChunkLength draws, as functions of its data and a canvas context.
 * @typedef {import("../kit/axis.js").Box} Box
 * @typedef {import("../kit/theme.js").Palette} Palette
 * @typedef {object} Data made by widget.py; one row a chunk length
 * @property {number[]} lengths rising
 * @property {number[]} megabytes
 * @property {Float32Array[]} reach log10 of the norm at each step; NaN where it is exactly 0
 * @property {number[]} range of these logarithms
 * @property {number[]} characters read at each evaluation
 * @property {number} seeds
 * @property {number[][][]} mean bits a character: mode (carried, reset), length, evaluation
 * @property {number[][][]} low
 * @property {number[][][]} high
 */
import { curve, dot, drawAxes, halo, inside, line, linearScale, niceTicks } from "../kit/axis.js";
import { fill } from "../kit/text.js";

const LEFT = 58;
const DASHES = [[], [7, 4]];

/**
 * Where the panels stand: the reach above, memory and loss beneath, or all under each other.
 * @param {number} width
 * @returns {{ height: number, reach: Box, memory: Box, loss: Box }}
 */
export function layout(width) {
	const right = width - 18;
	const reach = { left: LEFT, top: 28, right, bottom: 148 };
	if (width < 690) {
		return {
			height: 590,
			reach,
			memory: { left: LEFT, top: 226, right, bottom: 336 },
			loss: { left: LEFT, top: 414, right, bottom: 542 },
		};
	}
	const middle = Math.round(width * 0.4);
	return {
		height: 404,
		reach,
		memory: { left: LEFT, top: 226, right: middle - 20, bottom: 356 },
		loss: { left: middle + LEFT - 8, top: 226, right, bottom: 356 },
	};
}

/** Ends of the loss axis: room for all but the first, steep part. @param {Data} data */
function lossRange(data) {
	const low = Math.min(...data.low.flat(2));
	const high = Math.max(...data.high.flat().map((row) => row[1]));
	return [Math.floor(low * 5) / 5, Math.ceil(high * 5) / 5];
}

/** @param {Data} data @param {ReturnType<typeof layout>} boxes */
export function scales(data, boxes) {
	const { reach, memory, loss } = boxes;
	const steps = data.reach[0].length;
	const [low, high] = lossRange(data);
	const longest = data.lengths[data.lengths.length - 1];
	const most = Math.max(...data.megabytes);
	const read = data.characters[data.characters.length - 1];
	return {
		before: linearScale(steps, 0, reach.left, reach.right),
		norm: linearScale(data.range[0], data.range[1], reach.bottom, reach.top),
		length: linearScale(0, 1.04 * longest, memory.left, memory.right),
		memory: linearScale(0, 1.08 * most, memory.bottom, memory.top),
		read: linearScale(0, read, loss.left, loss.right),
		loss: linearScale(low, high, loss.bottom, loss.top),
	};
}

/** The row whose length is nearest, by ratio. @param {Data} data @param {number} value */
export function nearestLength(data, value) {
	const at = Math.log(Math.max(1, value));
	const far = data.lengths.map((length) => Math.abs(Math.log(length) - at));
	return far.indexOf(Math.min(...far));
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {Data} data
 * @param {number} row
 * @param {number} mode 0 carried, 1 reset
 * @param {ReturnType<typeof layout>} boxes
 * @param {Record<string, string>} text
 * @param {Palette} colors
 */
export function draw(ctx, data, row, mode, boxes, text, colors) {
	const at = scales(data, boxes);
	drawReach(ctx, data, row, boxes.reach, at, text, colors);
	drawMemory(ctx, data, row, boxes.memory, at, text, colors);
	drawLoss(ctx, data, row, mode, boxes.loss, at, text, colors);
}

/** @param {any} ctx @param {Data} data @param {number} row @param {Box} box @param {any} at @param {any} text @param {Palette} colors */
function drawReach(ctx, data, row, box, at, text, colors) {
	const steps = data.reach[row].length;
	const length = data.lengths[row];
	const [low, high] = data.range;
	const cut = at.before(length - 0.5);
	ctx.fillStyle = colors.soft;
	if (length < steps) ctx.fillRect(box.left, box.top, cut - box.left, box.bottom - box.top);
	drawAxes(ctx, box, {
		x: at.before,
		y: at.norm,
		xTicks: niceTicks(0, steps, 8),
		yTicks: niceTicks(low, high, 4).filter(Number.isInteger),
		yLabel: (power) => `1e${power}`.replace("-", "−"),
		xTitle: text.reachAxis,
		title: text.reachTitle,
		colors,
	});
	ctx.lineWidth = 1;
	for (let border = length; border < steps; border += length) {
		const x = at.before(border - 0.5);
		line(ctx, x, box.bottom - 12, x, box.bottom, colors.muted);
	}
	const places = Array.from({ length: steps }, (_, i) => steps - 1 - i);
	inside(ctx, box, () => {
		curve(ctx, places, data.reach[data.reach.length - 1], at.before, at.norm, colors.faint, 1.5);
		curve(ctx, places, data.reach[row], at.before, at.norm, colors.accent, 2.5);
	});
	drawCut(ctx, cut, length < steps, box, text, colors);
}

/** The cut, and what lies before it. @param {any} ctx @param {number} cut @param {boolean} before @param {Box} box @param {any} text @param {Palette} colors */
function drawCut(ctx, cut, before, box, text, colors) {
	ctx.lineWidth = 3;
	ctx.setLineDash([6, 4]);
	line(ctx, cut, box.top, cut, box.bottom, colors.second);
	ctx.setLineDash([]);
	const middle = (box.top + box.bottom) / 2;
	if (before) {
		halo(ctx, `${text.zero} ← ${text.cut}`, cut - 8, middle, colors.second, colors.ground, "right");
	} else {
		halo(ctx, text.all, cut + 8, middle, colors.second, colors.ground);
	}
}

/** @param {any} ctx @param {Data} data @param {number} row @param {Box} box @param {any} at @param {any} text @param {Palette} colors */
function drawMemory(ctx, data, row, box, at, text, colors) {
	drawAxes(ctx, box, {
		x: at.length,
		y: at.memory,
		xTicks: data.lengths.filter((length) => 8 * length > data.lengths[data.lengths.length - 1]),
		yTicks: niceTicks(0, Math.max(...data.megabytes), 4),
		xTitle: text.lengthAxis,
		title: text.memoryTitle,
		colors,
	});
	curve(ctx, data.lengths, data.megabytes, at.length, at.memory, colors.muted, 1.5);
	data.lengths.forEach((length, i) => {
		dot(ctx, at.length(length), at.memory(data.megabytes[i]), 4, colors.muted);
	});
	const [x, y] = [at.length(data.lengths[row]), at.memory(data.megabytes[row])];
	ctx.lineWidth = 2;
	line(ctx, x, y, x, box.bottom, colors.accent);
	dot(ctx, x, y, 9, colors.ground);
	dot(ctx, x, y, 7, colors.accent);
}

/** @param {any} ctx @param {Data} data @param {number} row @param {number} mode @param {Box} box @param {any} at @param {any} text @param {Palette} colors */
function drawLoss(ctx, data, row, mode, box, at, text, colors) {
	const [low, high] = lossRange(data);
	drawAxes(ctx, box, {
		x: at.read,
		y: at.loss,
		xTicks: niceTicks(0, data.characters[data.characters.length - 1], 5),
		xLabel: (value) => String(Math.round(value / 1000)),
		yTicks: niceTicks(low, high, 4),
		xTitle: text.charactersAxis,
		title: text.lossTitle,
		colors,
	});
	inside(ctx, box, () => {
		ctx.setLineDash(DASHES[mode]);
		for (const other of data.mean[mode]) {
			curve(ctx, data.characters, other, at.read, at.loss, colors.faint, 1.5);
		}
		band(ctx, data, row, mode, at, colors);
		curve(ctx, data.characters, data.mean[mode][row], at.read, at.loss, colors.accent, 2.5);
		ctx.setLineDash([]);
	});
	const end = data.mean[mode][row].length - 1;
	const [x, y] = [at.read(data.characters[end]), at.loss(data.mean[mode][row][end])];
	dot(ctx, x, y, 6, colors.accent);
	const words = `${text.length} ${data.lengths[row]}, ${mode ? text.reset : text.carried}`;
	halo(ctx, words, box.right - 4, box.top + 14, colors.accent, colors.ground, "right");
}

/** From the lowest to the highest seed. @param {any} ctx @param {Data} data @param {number} row @param {number} mode @param {any} at @param {Palette} colors */
function band(ctx, data, row, mode, at, colors) {
	ctx.fillStyle = colors.faint;
	ctx.beginPath();
	data.characters.forEach((value, i) => {
		ctx.lineTo(at.read(value), at.loss(data.low[mode][row][i]));
	});
	for (let i = data.characters.length - 1; i >= 0; i--) {
		ctx.lineTo(at.read(data.characters[i]), at.loss(data.high[mode][row][i]));
	}
	ctx.fill();
}

/**
 * What the view shows, in words.
 * @param {Data} data
 * @param {number} row
 * @param {number} mode
 * @param {Record<string, string>} text
 */
export function summary(data, row, mode, text) {
	const end = data.characters.length - 1;
	const steps = data.reach[row].length;
	const length = data.lengths[row];
	const values = {
		length,
		memory: data.megabytes[row].toFixed(2),
		times: (data.megabytes[row] / data.megabytes[0]).toFixed(1),
		first: data.lengths[0],
		beyond: steps - length,
		mode: mode ? text.reset : text.carried,
		loss: data.mean[mode][row][end].toFixed(2),
		low: data.low[mode][row][end].toFixed(2),
		high: data.high[mode][row][end].toFixed(2),
		seeds: data.seeds,
	};
	const parts = ["memory", length < steps ? "reach" : "full", "loss"];
	return parts.map((part) => fill(text[part], values)).join(" ");
}
