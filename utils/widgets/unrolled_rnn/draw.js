/**
 * Everything UnrolledRNN draws and says, as functions of its data and a canvas context.
 * @typedef {import("../kit/axis.js").Box} Box
 * @typedef {import("../kit/theme.js").Palette} Palette
 * @typedef {object} Data made by widget.py; T time steps, H units, one entry a clip
 * @property {string[]} names classes
 * @property {number[]} truth
 * @property {number[][]} start h_0
 * @property {number[][][]} fromInput x Wx, T of H
 * @property {number[][][]} fromState h Wh, T of H
 * @property {number[]} bias
 * @property {number[][][]} probabilities T of classes
 * @property {number[]} tile width and height of a frame in the sheet; a row a clip
 * @typedef {{ clip: number, step: number, unit: number }} Now
 * @typedef {{ sheet?: any, weights: { wx: any, wh: any }, color: (value: number) => number[],
 *   bar: (value: number) => string }} Paint
 */
import { dot, FONT, halo, line } from "../kit/axis.js";
import { signed, subscript, term } from "../kit/signed.js";
import { fill, percent } from "../kit/text.js";

const LEFT = 138;
const CELL = 30;
const GRID = 128; // most pixels of a state's height
const ROW = 16;

/**
 * One unit's values at time step t: what enters the tanh, and what leaves it.
 * @param {Data} data @param {number} clip @param {number} t from 1 @param {number} unit
 */
export function parts(data, clip, t, unit) {
	const input = data.fromInput[clip][t - 1][unit];
	const state = data.fromState[clip][t - 1][unit];
	const bias = data.bias[unit];
	const sum = input + state + bias;
	return { input, state, bias, sum, h: Math.tanh(sum) };
}

/** The hidden state h_t of all units. @param {Data} data @param {number} clip @param {number} t from 0 */
export function stateAt(data, clip, t) {
	if (!t) return data.start[clip];
	return data.bias.map((_, unit) => parts(data, clip, t, unit).h);
}

/** How the squares of a state stand: a column, wrapped where there are more than 16. @param {number} units */
export function grid(units) {
	const columns = Math.ceil(units / 16);
	const rows = Math.ceil(units / columns);
	const side = Math.min(11, Math.floor(GRID / rows));
	return { columns, rows, side, width: columns * side, height: rows * side };
}

/**
 * Where everything stands. A narrow view shows only some time steps, the current one among them:
 * it begins at `from` where it can.
 * @param {number} width @param {Data} data @param {number} step @param {number} [from]
 */
export function layout(width, data, step, from = 0) {
	const steps = data.fromInput[0].length;
	const squares = grid(data.bias.length);
	const least = squares.width + CELL + 24;
	const room = width - LEFT - squares.width - 6;
	const count = Math.max(1, Math.min(steps, Math.floor(room / least)));
	const first = Math.min(steps - count, Math.max(step - count, Math.min(from, step)));
	const pitch = Math.min(150, room / count);
	const top = 26;
	const bus = top + data.names.length * ROW + 24;
	const states = bus + 10;
	const tall = Math.max(squares.height, CELL + 54);
	const frames = states + tall + 24;
	const [w, h] = data.tile;
	const scale = Math.min(56 / h, (pitch - 8) / w);
	return {
		...{ width, steps, squares, count, first, pitch, top, bus, states, frames },
		frame: [w * scale, h * scale],
		middle: states + tall / 2,
		height: Math.round(frames + h * scale + 22),
		/** Left edge of h_t. @param {number} t */
		stateX: (t) => LEFT + (t - first) * pitch,
		/** Middle of the cell that makes h_t. @param {number} t */
		cellX: (t) => LEFT + (t - first) * pitch - (pitch - squares.width) / 2,
	};
}

/** @typedef {ReturnType<typeof layout>} Places */

/** The time step at a place; a cell, its frame and its state belong together. Beyond the ends lies one more. @param {Places} at @param {number} x */
export function stepAt(at, x) {
	const place = at.first + Math.ceil((x - LEFT - at.squares.width - 2) / at.pitch);
	return Math.max(0, at.first - 1, Math.min(at.first + at.count + 1, at.steps, place));
}

/** The unit under the pointer in a drawn state, or undefined. @param {Places} at @param {number} units @param {number} x @param {number} y */
export function unitAt(at, units, x, y) {
	const { rows, side, width, height } = at.squares;
	const inX = x - at.stateX(stepAt(at, x));
	const inY = y - (at.middle - height / 2);
	if (inX < 0 || inY < 0 || inX >= width || inY >= height) return undefined;
	const unit = Math.floor(inX / side) * rows + Math.floor(inY / side);
	return unit < units ? unit : undefined;
}

/**
 * @param {any} ctx @param {Data} data @param {Now} now @param {Places} at
 * @param {Record<string, string>} text @param {Palette} colors @param {Paint} paint
 */
export function draw(ctx, data, now, at, text, colors, paint) {
	drawShared(ctx, data, now, at, text, colors, paint);
	drawNames(ctx, data, now, at, text, colors);
	for (let t = at.first; t <= at.first + at.count; t++) {
		ctx.globalAlpha = t > now.step ? 0.3 : 1;
		if (t > at.first) drawCell(ctx, now, t, at, colors);
		drawState(ctx, data, now, t, at, colors, paint);
		if (t > at.first) drawFrame(ctx, data, now, t, at, colors, paint);
		if (t > at.first) drawAnswer(ctx, data, now, t, at, colors);
		ctx.globalAlpha = 1;
	}
}

/** An arrow to the right or upwards. @param {any} ctx @param {number} x0 @param {number} y0 @param {number} x1 @param {number} y1 @param {string} color */
function arrow(ctx, x0, y0, x1, y1, color) {
	const size = Math.hypot(x1 - x0, y1 - y0) || 1;
	const [dx, dy] = [((x1 - x0) / size) * 6, ((y1 - y0) / size) * 6];
	line(ctx, x0, y0, x1, y1, color);
	line(ctx, x1 - dx - dy * 0.6, y1 - dy - dx * 0.6, x1, y1, color);
	line(ctx, x1 - dx + dy * 0.6, y1 - dy + dx * 0.6, x1, y1, color);
}

/** The one picture of the weights, and the line from it to every cell. @param {any} ctx @param {Data} data @param {Now} now @param {Places} at @param {any} text @param {Palette} colors @param {Paint} paint */
function drawShared(ctx, data, now, at, text, colors, paint) {
	const [x, w] = [34, 76];
	const share = (GRID - 26) / 2;
	const top = at.middle - GRID / 2 + 13;
	ctx.imageSmoothingEnabled = false;
	for (const [picture, name, y] of /** @type {const} */ ([
		[paint.weights.wx, text.wx, top],
		[paint.weights.wh, text.wh, top + share + 8],
	])) {
		if (picture) ctx.drawImage(picture, x, y, w, share);
		ctx.lineWidth = 1;
		ctx.strokeStyle = colors.muted;
		ctx.strokeRect(x - 0.5, y - 0.5, w + 1, share + 1);
		halo(ctx, name, x - 5, y + share / 2, colors.ink, colors.ground, "right");
		ctx.strokeStyle = colors.second;
		ctx.lineWidth = 2;
		const column = w / data.bias.length;
		ctx.strokeRect(x + now.unit * column - 1.5, y - 1.5, column + 3, share + 3);
	}
	if (at.first) halo(ctx, "…", LEFT - 8, at.middle, colors.ink, colors.ground, "right");
	halo(ctx, text.shared, 0, at.bus - 12, colors.ink, colors.ground);
	ctx.lineWidth = 1.5;
	const isLast = at.first + at.count === at.steps;
	const end = isLast ? at.cellX(at.steps) : at.width;
	line(ctx, x + w / 2, top - 4, x + w / 2, at.bus, colors.accent);
	line(ctx, x + w / 2, at.bus, end, at.bus, colors.accent);
}

/** Classes on the left of the answers; the true one is marked. @param {any} ctx @param {Data} data @param {Now} now @param {Places} at @param {any} text @param {Palette} colors */
function drawNames(ctx, data, now, at, text, colors) {
	halo(ctx, text.answers, 0, 12, colors.ink, colors.ground);
	if (at.width > 800) halo(ctx, text.legend, at.width, 12, colors.muted, colors.ground, "right");
	data.names.forEach((name, c) => {
		const isTrue = c === data.truth[now.clip];
		const words = isTrue ? fill(text.true, { name }) : name;
		const color = isTrue ? colors.accent : colors.muted;
		halo(ctx, words, LEFT - 12, at.top + (c + 0.5) * ROW, color, colors.ground, "right");
	});
	const y = at.frames + at.frame[1] / 2;
	halo(ctx, text.frames, 0, y, colors.ink, colors.ground);
}

/** The same cell at every time step. @param {any} ctx @param {Now} now @param {number} t @param {Places} at @param {Palette} colors */
function drawCell(ctx, now, t, at, colors) {
	const x = at.cellX(t);
	const y = at.middle;
	const half = CELL / 2;
	const isNow = t === now.step;
	ctx.lineWidth = isNow ? 2.5 : 1.5;
	dot(ctx, x, at.bus, 3.5, colors.accent);
	arrow(ctx, x, at.bus, x, y - half - 2, colors.accent);
	const ink = isNow ? colors.ink : colors.muted;
	arrow(ctx, at.stateX(t - 1) + at.squares.width + 3, y, x - half - 2, y, ink);
	arrow(ctx, x + half, y, at.stateX(t) - 3, y, ink);
	arrow(ctx, x, at.frames - 4, x, y + half + 2, ink);
	ctx.fillStyle = isNow ? colors.accent : colors.soft;
	ctx.fillRect(x - half, y - half, CELL, CELL);
	ctx.strokeStyle = colors.accent;
	ctx.strokeRect(x - half, y - half, CELL, CELL);
	ctx.font = `bold ${FONT}`;
	ctx.textAlign = "center";
	ctx.textBaseline = "middle";
	ctx.fillStyle = isNow ? colors.ground : colors.accent;
	ctx.fillText("W", x, y);
}

/** A square a unit: filled from below above 0, from the top below 0. @param {any} ctx @param {Data} data @param {Now} now @param {number} t @param {Places} at @param {Palette} colors @param {Paint} paint */
function drawState(ctx, data, now, t, at, colors, paint) {
	const { rows, side, width, height } = at.squares;
	const x = at.stateX(t);
	const y = at.middle - height / 2;
	ctx.lineWidth = 1;
	if (t <= now.step) {
		stateAt(data, now.clip, t).forEach((value, unit) => {
			const left = x + Math.floor(unit / rows) * side;
			const top = y + (unit % rows) * side;
			ctx.fillStyle = `rgb(${paint.color(value)})`;
			ctx.fillRect(left, top, side, side);
			const tall = Math.abs(value) * (side - 1);
			ctx.fillStyle = paint.bar(value);
			ctx.fillRect(left, value > 0 ? top + side - tall : top, 3, tall);
		});
	}
	ctx.strokeStyle = colors.muted;
	ctx.strokeRect(x - 0.5, y - 0.5, width + 1, height + 1);
	if (t <= now.step) {
		ctx.strokeStyle = colors.second;
		ctx.lineWidth = 2;
		const left = x + Math.floor(now.unit / rows) * side;
		ctx.strokeRect(left - 1, y + (now.unit % rows) * side - 1, side + 1, side + 1);
	}
	const name = `h${subscript(t)}`;
	const color = t === now.step ? colors.ink : colors.muted;
	halo(ctx, name, x + width / 2, y + height + 12, color, colors.ground, "center");
}

/** @param {any} ctx @param {Data} data @param {Now} now @param {number} t @param {Places} at @param {Palette} colors @param {Paint} paint */
function drawFrame(ctx, data, now, t, at, colors, paint) {
	const [w, h] = at.frame;
	const x = at.cellX(t) - w / 2;
	const [tw, th] = data.tile;
	ctx.imageSmoothingEnabled = false;
	if (paint.sheet)
		ctx.drawImage(paint.sheet, (t - 1) * tw, now.clip * th, tw, th, x, at.frames, w, h);
	const isNow = t === now.step;
	ctx.lineWidth = isNow ? 2.5 : 1;
	ctx.strokeStyle = isNow ? colors.accent : colors.muted;
	ctx.strokeRect(x, at.frames, w, h);
	const color = isNow ? colors.ink : colors.muted;
	const y = at.frames + h + 14;
	halo(ctx, `x${subscript(t)}`, at.cellX(t), y, color, colors.ground, "center");
}

/** Probabilities after time step t, above its state. @param {any} ctx @param {Data} data @param {Now} now @param {number} t @param {Places} at @param {Palette} colors */
function drawAnswer(ctx, data, now, t, at, colors) {
	const long = Math.min(at.pitch - 46, 90);
	const middle = at.stateX(t) + at.squares.width / 2;
	const left = at.stateX(t) + at.squares.width - long - 38;
	const bottom = at.top + data.names.length * ROW;
	ctx.lineWidth = 1;
	line(ctx, left + 0.5, at.top, left + 0.5, bottom, colors.muted);
	const ink = t === now.step ? colors.ink : colors.muted;
	arrow(ctx, middle, at.middle - at.squares.height / 2 - 3, middle, bottom + 4, ink);
	if (t > now.step) return;
	const row = data.probabilities[now.clip][t - 1];
	const best = row.indexOf(Math.max(...row));
	row.forEach((share, c) => {
		const y = at.top + c * ROW;
		ctx.fillStyle = colors.soft;
		ctx.fillRect(left + 1, y + 3, long, ROW - 6);
		ctx.fillStyle = c === best ? colors.accent : colors.muted;
		ctx.fillRect(left + 1, y + 3, Math.max(1, share * long), ROW - 6);
		if (c !== best) return;
		const words = `${Math.round(100 * share)}%`;
		const color = t === now.step ? colors.accent : colors.muted;
		halo(ctx, words, left + long + 3, y + ROW / 2, color, colors.ground);
	});
}

/**
 * How the chosen unit's value comes about, in numbers.
 * @param {Data} data @param {Now} now @param {Record<string, string>} text
 */
export function numbers(data, now, text) {
	const { clip, step, unit } = now;
	if (!step) return fill(text.startNumbers, { unit, h: signed(data.start[clip][unit]) });
	const { input, state, bias, sum, h } = parts(data, clip, step, unit);
	return fill(text.numbers, {
		...{ unit, t: subscript(step), before: subscript(step - 1) },
		...{ input: term(input), state: term(state), bias: term(bias), sum: signed(sum), h: signed(h) },
	});
}

/** The class with the largest probability after time step t. @param {Data} data @param {number} clip @param {number} t */
export function answerAt(data, clip, t) {
	const row = data.probabilities[clip][t - 1];
	return row.indexOf(Math.max(...row));
}

/**
 * What is known after this many frames, in words.
 * @param {Data} data @param {Now} now @param {Record<string, string>} text
 */
export function summary(data, now, text) {
	const { clip, step } = now;
	const zero = data.start[clip].every((value) => value === 0);
	if (!step) return text[zero ? "nothing" : "nothingLearned"];
	const answer = answerAt(data, clip, step);
	let since = step;
	while (since > 1 && answerAt(data, clip, since - 1) === answer) since--;
	const values = {
		...{ step, since, steps: data.fromInput[clip].length },
		answer: data.names[answer],
		truth: data.names[data.truth[clip]],
		share: percent(data.probabilities[clip][step - 1][answer]),
		before: since > 1 ? data.names[answerAt(data, clip, since - 1)] : "",
	};
	const says = fill(text[step > 1 ? "says" : "saysFirst"], values);
	const verdict = fill(text[answer === data.truth[clip] ? "right" : "wrong"], values);
	if (step === 1) return `${says} ${verdict}`;
	return `${says} ${verdict} ${fill(text[since > 1 ? "since" : "always"], values)}`;
}
