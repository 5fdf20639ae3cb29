/**
 * Everything AttentionMap draws and says, as functions of one example and a canvas context.
 * @typedef {import("../kit/theme.js").Palette} Palette
 * @typedef {object} Example S source tokens, T output tokens
 * @property {string} name
 * @property {string[]} source
 * @property {string[]} target
 * @property {Float32Array[]} weights T rows of S
 * @property {number[][] | null} truth the true source places of each output token
 * @typedef {{ row: number, column: number }} Focus -1: none
 * @typedef {(words: string, font?: string) => number} Measure width in pixels
 */
import { FONT } from "../kit/axis.js";
import { fill } from "../kit/text.js";

const BOLD = `bold ${FONT}`;
const TURN = (-50 * Math.PI) / 180;
// no arc for a weight below this
const LEAST = 0.05;

/** @param {string} token @param {number} [most] characters */
export function visible(token, most = 14) {
	const letters = Array.from(token.replaceAll(" ", "␣").replaceAll("\n", "↵"));
	return letters.length > most ? `${letters.slice(0, most - 1).join("")}…` : letters.join("");
}

/** The first largest entry. @param {ArrayLike<number>} row */
export function peak(row) {
	return Array.from(row).indexOf(Math.max(...Array.from(row)));
}

/**
 * Where everything stands: source, arcs, output, matrix.
 * @param {number} width @param {Example} example @param {Measure} measure
 */
export function layout(width, example, measure) {
	const widest = (/** @type {string[]} */ words) =>
		Math.max(24, ...words.map((word) => measure(visible(word), BOLD))) + 4;
	const [s, t] = [example.source.length, example.target.length];
	const row = Math.max(16, Math.min(34, Math.floor(400 / Math.max(s, t))));
	const sourceWidth = widest(example.source);
	const sourceRight = Math.max(54, sourceWidth); // the heading stands over narrow tokens
	const targetWidth = widest(example.target);
	const flat = sourceWidth <= 30;
	const top = flat ? 46 : Math.min(136, sourceWidth * 0.77 + 40);
	const room = width - sourceRight - targetWidth - 50 - (flat ? 4 : sourceWidth * 0.6);
	const cell = Math.max(6, Math.min(64, (room - width * 0.2) / s));
	const arcsRight = sourceRight + 42 + Math.min(320, room - s * cell) + targetWidth;
	const matrixLeft = arcsRight + 8;
	const tall = Math.max(s, t) * row;
	const matrixTop = top + (tall - t * row) / 2;
	return {
		...{ width, row, cell, flat, s, t, sourceRight, arcsRight, matrixLeft, targetWidth },
		height: top + tall + 34,
		sourceY: (/** @type {number} */ place) => top + tall / 2 + (place - (s - 1) / 2) * row,
		columnX: (/** @type {number} */ place) => matrixLeft + place * cell,
		rowY: (/** @type {number} */ place) => matrixTop + place * row,
	};
}
/** @typedef {ReturnType<typeof layout>} Places */

/**
 * What lies under the pointer: a cell, an output token or a source token.
 * @param {Places} at @param {number} step @param {number} x @param {number} y
 * @returns {Focus | undefined}
 */
export function under(at, step, x, y) {
	const row = Math.floor((y - at.rowY(0)) / at.row);
	const column = Math.floor((x - at.matrixLeft) / at.cell);
	if (row >= 0 && row < step && column < at.s && x > at.arcsRight - at.targetWidth)
		return { row, column: Math.max(-1, column) };
	const place = Math.round((y - at.sourceY(0)) / at.row);
	if (x > at.sourceRight + 40 || place < 0 || place >= at.s) return undefined;
	return { row: -1, column: place };
}

/**
 * @param {any} ctx @param {Example} example @param {number} step outputs shown @param {Focus} focus
 * @param {Places} at @param {Record<string, string>} text @param {Palette} colors
 */
export function draw(ctx, example, step, focus, at, text, colors) {
	const { row, column } = focus;
	const { weights } = example;
	/** How much a token takes part, by the weight of the one in focus. @param {number} place */
	const ofSource = (place) => (row < 0 ? Number(place === column) : weights[row][place]);
	const ofTarget = (/** @type {number} */ place) =>
		row >= 0 || place >= step ? Number(place === row) : weights[place][column];
	ctx.fillStyle = colors.ground;
	ctx.fillRect(0, 0, at.width, at.height);
	/** @param {string} words @param {number} x @param {number} y @param {string} color @param {string} [align] @param {string} [font] */
	function write(words, x, y, color, align = "right", font = FONT) {
		ctx.textAlign = align;
		ctx.textBaseline = "middle";
		ctx.font = font;
		ctx.fillStyle = color;
		ctx.fillText(words, x, y);
	}
	/** @param {string} token @param {number} part @param {number} x @param {number} y @param {string} [align] */
	function word(token, part, x, y, align) {
		const color = part >= 0.1 ? colors.accent : colors.ink;
		write(visible(token), x, y, color, align, part >= 0.3 ? BOLD : FONT);
	}
	/** @param {number} part @param {number} x @param {number} y */
	function number(part, x, y) {
		if (part >= 0.005) write(part.toFixed(2), x, y, colors.accent);
	}

	write(text.source, at.sourceRight, at.sourceY(0) - 26, colors.muted);
	write(text.target, at.arcsRight, at.rowY(0.5) - 26, colors.muted);
	const legend = example.truth ? text.legendTruth : text.legend;
	write(legend, at.width, at.height - 10, colors.muted);
	const every = Math.ceil(14 / at.cell);
	example.source.forEach((token, place) => {
		const part = ofSource(place);
		word(token, part, at.sourceRight, at.sourceY(place));
		if (row >= 0) number(part, at.sourceRight + 36, at.sourceY(place));
		if (place % every) return;
		ctx.save();
		ctx.translate(at.columnX(place + 0.5), at.rowY(0) - 10);
		if (!at.flat) ctx.rotate(TURN);
		word(token, part, 0, 0, at.flat ? "center" : "left");
		ctx.restore();
	});
	const ends = example.target.map((token, place) => {
		const part = ofTarget(place);
		const y = at.rowY(place + 0.5);
		ctx.globalAlpha = place < step ? 1 : 0.35;
		word(token, part, at.arcsRight, y);
		ctx.globalAlpha = 1;
		const begin = at.arcsRight - ctx.measureText(visible(token)).width - 6;
		if (row >= 0) return begin;
		number(part, begin, y);
		return begin - 34;
	});
	drawArcs(ctx, example, step, focus, at, ends, colors);
	drawMatrix(ctx, example, step, focus, at, colors);
}

/** A curve for each weight, the ones in focus strong. @param {any} ctx @param {Example} example @param {number} step @param {Focus} focus @param {Places} at @param {number[]} ends @param {Palette} colors */
function drawArcs(ctx, example, step, focus, at, ends, colors) {
	const left = at.sourceRight + 40;
	for (let t = 0; t < step; t++) {
		example.weights[t].forEach((weight, place) => {
			if (weight < LEAST) return;
			const strong = focus.row < 0 ? focus.column === place : focus.row === t;
			ctx.globalAlpha = strong ? 0.3 + 0.7 * weight : 0.22 * weight;
			ctx.strokeStyle = strong ? colors.accent : colors.muted;
			ctx.lineWidth = strong ? 1 + 5 * weight : 1.5;
			const [y0, y1] = [at.sourceY(place), at.rowY(t + 0.5)];
			const bend = (ends[t] - left) / 2;
			ctx.beginPath();
			ctx.moveTo(left, y0);
			ctx.bezierCurveTo(left + bend, y0, ends[t] - bend, y1, ends[t], y1);
			ctx.stroke();
		});
	}
	ctx.globalAlpha = 1;
}

/** @param {any} ctx @param {Example} example @param {number} step @param {Focus} focus @param {Places} at @param {Palette} colors */
function drawMatrix(ctx, example, step, focus, at, colors) {
	/** @param {number} column @param {number} row @param {number} columns @param {number} rows @param {string} color @param {number} width */
	function box(column, row, columns, rows, color, width) {
		ctx.strokeStyle = color;
		ctx.lineWidth = width;
		ctx.strokeRect(at.columnX(column), at.rowY(row), columns * at.cell, rows * at.row);
	}
	/** @param {number} column @param {number} row @param {number} columns @param {number} rows @param {string} color */
	function area(column, row, columns, rows, color) {
		ctx.fillStyle = color;
		ctx.fillRect(at.columnX(column), at.rowY(row), columns * at.cell, rows * at.row);
	}
	area(0, 0, at.s, at.t, colors.soft);
	for (let t = 0; t < step; t++) {
		example.weights[t].forEach((weight, place) => {
			ctx.globalAlpha = weight;
			area(place, t, 1, 1, colors.accent);
		});
		ctx.globalAlpha = 1;
		// A small square marks the largest weight of the row.
		const [x, y] = [at.columnX(peak(example.weights[t]) + 0.5), at.rowY(t + 0.5)];
		for (const [size, color] of /** @type {const} */ ([
			[5, colors.ground],
			[3, colors.ink],
		])) {
			ctx.fillStyle = color;
			ctx.fillRect(x - size, y - size, 2 * size, 2 * size);
		}
	}
	box(0, 0, at.s, at.t, colors.muted, 1);
	for (let t = 0; t < step; t++)
		for (const place of example.truth?.[t] ?? []) box(place, t, 1, 1, colors.second, 3);
	if (focus.row >= 0) box(0, focus.row, at.s, 1, colors.ink, 1.5);
	if (focus.column >= 0) box(focus.column, 0, 1, at.t, colors.ink, 1.5);
}

/**
 * What is shown, in words.
 * @param {Example} example @param {number} step @param {Focus} focus @param {Record<string, string>} text
 */
export function summary(example, step, focus, text) {
	if (focus.row < 0 && focus.column < 0)
		return fill(text.nothing, { count: example.target.length });
	const says =
		focus.row < 0 ? ofSource(example, step, focus, text) : ofTarget(example, focus, text);
	return [says, score(example, step, text)].filter(Boolean).join(" ");
}

/** @param {string[]} tokens @param {number} place */
const named = (tokens, place) => ({ place: place + 1, token: visible(tokens[place], 40) });

/** @param {Example} example @param {Focus} focus @param {Record<string, string>} text */
function ofTarget(example, { row, column }, text) {
	const weights = example.weights[row];
	const best = peak(weights);
	const look = (/** @type {number} */ place) =>
		fill(text.look, { ...named(example.source, place), share: weights[place].toFixed(2) });
	const parts = [
		fill(text.output, { ...named(example.target, row), count: example.target.length }),
		fill(text.most, { look: look(best) }),
	];
	if (column >= 0 && column !== best) parts.push(fill(text.here, { look: look(column) }));
	const truth = example.truth?.[row] ?? [];
	if (truth.length) {
		const names = truth.map((place) => fill(text.quoted, named(example.source, place))).join(", ");
		parts.push(fill(truth.includes(best) ? text.right : text.wrong, { names }));
	} else if (example.truth) parts.push(text.noSource);
	return parts.join(" ");
}

/** @param {Example} example @param {number} step @param {Focus} focus @param {Record<string, string>} text */
function ofSource(example, step, { column }, text) {
	const rows = example.weights.slice(0, step).map((row) => row[column]);
	const from = named(example.source, column);
	if (!rows.length) return fill(text.unread, from);
	const best = peak(rows);
	const by = { by: visible(example.target[best], 40), share: rows[best].toFixed(2) };
	return fill(text.input, { ...from, ...by, sum: rows.reduce((a, b) => a + b, 0).toFixed(2) });
}

/** How many peaks so far are right. @param {Example} example @param {number} step @param {Record<string, string>} text */
function score(example, step, text) {
	const known = (example.truth ?? []).slice(0, step).map((places, t) => ({ places, t }));
	const having = known.filter(({ places }) => places.length);
	if (!having.length) return "";
	const right = having.filter(({ places, t }) => places.includes(peak(example.weights[t])));
	return fill(text.score, { right: right.length, known: having.length });
}

/** The weights as a table for a spreadsheet: tabs between columns. @param {Example} example */
export function table(example) {
	const plain = (/** @type {string} */ token) => token.replace(/[\t\r\n]/g, " ");
	const rows = example.weights.map((row, t) =>
		[plain(example.target[t]), ...Array.from(row, (weight) => weight.toFixed(3))].join("\t"),
	);
	return [["", ...example.source.map(plain)].join("\t"), ...rows].join("\n");
}
