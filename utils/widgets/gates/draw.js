/**
 * Everything Gates draws and says, as functions of its data and a canvas context.
 * @typedef {import("../kit/theme.js").Palette} Palette
 * @typedef {object} Data made by widget.py; one row a unit, one column a character
 * @property {string[]} chars one a character, never half of one
 * @property {number[]} units their numbers in the layer
 * @property {number[]} start c_0 of each unit
 * @property {Record<"i" | "f" | "g" | "o" | "c", Float32Array[]>} values
 * @typedef {{ starts: number[], columns: number }} Page where the rows of the text begin, and its end
 * @typedef {{ row: number, at: number }} Now the shown row of `values`, and the chosen character
 * @typedef {{ top: number, first: number }} Scroll first row of text and first character that are seen
 * @typedef {{ color: (value: number) => number[], bar: (value: number) => string }} Paint
 */
import { halo, line } from "../kit/axis.js";
import { signed, subscript, term } from "../kit/signed.js";
import { fill } from "../kit/text.js";

export const MONO = "15px ui-monospace,Menlo,Consolas,monospace";
const LINE = 21; // height of a row of text
const ROWS = 7; // of text, one under the other
const LEFT = 172; // names of the strips
const PITCH = 16; // width of a character in the strips
const STRIP = 26;
const GAP = 4;
/** The strips from top to bottom; the first three lie from 0 to 1. */
export const STRIPS = /** @type {const} */ (["f", "i", "o", "g", "c", "h"]);

/** Numbers of one unit at one character. @param {Data} data @param {number} row @param {number} at */
export function numbersAt(data, row, at) {
	const { values } = data;
	const [i, f, g, o, c] = /** @type {const} */ (["i", "f", "g", "o", "c"]).map(
		(name) => values[name][row][at],
	);
	const before = at ? values.c[row][at - 1] : data.start[row];
	return { i, f, g, o, c, before, kept: f * before, added: i * g, h: o * Math.tanh(c) };
}

/** What a strip draws at a character, -1 to 1: of the cell state the tanh. @param {Data} data @param {"f" | "i" | "o" | "g" | "c" | "h"} strip @param {number} row @param {number} at */
export function level(data, strip, row, at) {
	if (strip === "c") return Math.tanh(data.values.c[row][at]);
	if (strip === "h") return data.values.o[row][at] * Math.tanh(data.values.c[row][at]);
	return data.values[strip][row][at];
}

/** Breaks a text into rows of at most `columns` cells; an end of line hangs behind the last. @param {string[]} chars @param {number} columns @returns {Page} */
export function breakText(chars, columns) {
	const starts = [0];
	chars.forEach((char, i) => {
		const full = i - starts[starts.length - 1] >= columns && char !== "\n";
		if (i && (full || chars[i - 1] === "\n")) starts.push(i);
	});
	return { starts: [...starts, chars.length], columns };
}

/** The row of a character. @param {Page} page @param {number} at */
export const rowAt = ({ starts }, at) => starts.findIndex((start) => start > at) - 1;

/** The character nearest to a row and a column. @param {Page} page @param {number} row @param {number} column */
export function charAt({ starts }, row, column) {
	const r = Math.max(0, Math.min(starts.length - 2, row));
	return Math.max(starts[r], Math.min(starts[r + 1] - 1, starts[r] + column));
}

/**
 * Where everything stands. Short rows of a long text stand in two columns.
 * @param {number} width @param {Page} page @param {number} cell width of a character of the text
 */
export function layout(width, page, cell) {
	const all = page.starts.length - 1;
	const longest = Math.max(...page.starts.slice(1).map((end, r) => end - page.starts[r]));
	const half = Math.floor(width / 2);
	const panes = all > ROWS && (longest + 1) * cell <= half ? 2 : 1;
	const deep = Math.min(ROWS, Math.ceil(all / panes));
	const letters = deep * LINE + 26;
	const strips = letters + 24;
	const count = page.starts[all];
	return {
		...{ width, cell, half, panes, deep, letters, strips, rows: Math.min(all, panes * deep) },
		count: Math.min(count, Math.max(1, Math.floor((width - LEFT) / PITCH))),
		bottom: strips + STRIPS.length * (STRIP + GAP) - GAP,
		height: strips + STRIPS.length * (STRIP + GAP),
		/** Left and upper end of a seen row. @param {number} r */
		rowPlace: (r) => [Math.floor(r / deep) * half, (r % deep) * LINE],
	};
}

/** @typedef {ReturnType<typeof layout>} Places */

/**
 * Moves what is seen only as far as the chosen character asks for.
 * @param {Places} places @param {Page} page @param {Scroll} scroll @param {number} at
 * @returns {Scroll}
 */
export function follow(places, page, scroll, at) {
	const total = page.starts[page.starts.length - 1];
	const row = rowAt(page, at);
	/** @param {number} from @param {number} place @param {number} seen @param {number} all @param {number} margin */
	const move = (from, place, seen, all, margin) => {
		const near = Math.min(margin, Math.floor((seen - 1) / 2));
		const kept = Math.max(place + near - seen + 1, Math.min(from, place - near));
		return Math.max(0, Math.min(all - seen, kept));
	};
	return {
		top: move(scroll.top, row, places.rows, page.starts.length - 1, 0),
		first: move(scroll.first, at, places.count, total, 3),
	};
}

/** The character at a place: in the text above, or in the strips below. @param {Places} places @param {Page} page @param {Scroll} scroll @param {boolean} inText @param {number} x @param {number} y */
export function under(places, page, scroll, inText, x, y) {
	if (inText) {
		const pane = places.panes > 1 && x >= places.half ? 1 : 0;
		const row = Math.max(-1, Math.min(places.deep, Math.floor(y / LINE)));
		const column = Math.floor((x - pane * places.half) / places.cell);
		return charAt(page, scroll.top + pane * places.deep + row, Math.max(0, column));
	}
	const column = Math.max(0, Math.min(places.count - 1, Math.floor((x - LEFT) / PITCH)));
	return scroll.first + column;
}

/** Whether a place belongs to the text, not to the strips. @param {Places} places @param {number} y */
export const isText = (places, y) => y < places.deep * LINE + 6;

const GLYPHS = { "\n": "↵", "\t": "→", "\r": "←" };
const FORMLESS = /^[\p{C}\p{M}\p{Zl}\p{Zp}]$/u;

/** What stands in the cell of a character. @param {string} char */
export const glyph = (char) => GLYPHS[char] ?? (FORMLESS.test(char) ? "�" : char);

/**
 * @param {any} ctx @param {Data} data @param {Now} now @param {Places} places @param {Page} page
 * @param {Scroll} scroll @param {Record<string, string>} text @param {Palette} colors @param {Paint} paint
 */
export function draw(ctx, data, now, places, page, scroll, text, colors, paint) {
	const { starts } = page;
	forLetters(ctx);
	for (let r = 0; r < places.rows; r++) {
		const [left, y] = places.rowPlace(r);
		for (let at = starts[scroll.top + r]; at < starts[scroll.top + r + 1]; at++) {
			const x = left + (at - starts[scroll.top + r]) * places.cell;
			drawLetter(ctx, data, now, at, x, y, places.cell, colors, paint);
		}
	}
	drawWindow(ctx, places, page, scroll, colors);
	const legend = places.width > 700 ? text.legend : text.legendShort;
	halo(ctx, legend, 0, places.letters - 13, colors.muted, colors.ground);
	drawMore(ctx, places, page, scroll, colors);
	const middle = places.letters + 11;
	halo(ctx, text.characters, LEFT - 10, middle, colors.ink, colors.ground, "right");
	forLetters(ctx);
	for (let k = 0; k < places.count; k++) {
		const x = LEFT + k * PITCH;
		drawLetter(ctx, data, now, scroll.first + k, x, places.letters, PITCH, colors, paint);
	}
	STRIPS.forEach((strip, s) => {
		const y = places.strips + s * (STRIP + GAP);
		drawStrip(ctx, data, strip, now, places, scroll, y, colors, paint);
		halo(ctx, text[strip], LEFT - 10, y + STRIP / 2, colors.ink, colors.ground, "right");
	});
	const x = LEFT + (now.at - scroll.first) * PITCH;
	ctx.strokeStyle = colors.second;
	ctx.lineWidth = 2;
	ctx.strokeRect(x, places.letters - 1, PITCH, places.bottom - places.letters + 2);
}

/** Once for many letters: a font is dear to set. @param {any} ctx */
function forLetters(ctx) {
	ctx.font = MONO;
	ctx.textAlign = "center";
	ctx.textBaseline = "middle";
}

/** A character on the colour of the unit's cell state: a bar at the foot is above 0, at the head below. @param {any} ctx @param {Data} data @param {Now} now @param {number} at @param {number} x @param {number} y @param {number} wide @param {Palette} colors @param {Paint} paint */
function drawLetter(ctx, data, now, at, x, y, wide, colors, paint) {
	const value = level(data, "c", now.row, at);
	const tall = LINE - 2;
	ctx.fillStyle = `rgb(${paint.color(value)})`;
	ctx.fillRect(x, y, wide + 0.5, tall);
	const thick = Math.round(3.5 * Math.abs(value));
	ctx.fillStyle = paint.bar(value);
	ctx.fillRect(x, value > 0 ? y + tall - thick : y, wide + 0.5, thick);
	const char = data.chars[at];
	if (char !== " ") {
		ctx.fillStyle = char in GLYPHS ? colors.muted : colors.ink;
		ctx.fillText(glyph(char), x + wide / 2, y + tall / 2);
	}
	if (at !== now.at) return;
	ctx.strokeStyle = colors.second;
	ctx.lineWidth = 2;
	ctx.strokeRect(x, y, wide, tall);
}

/** A line under the part of the text that the strips show. @param {any} ctx @param {Places} places @param {Page} page @param {Scroll} scroll @param {Palette} colors */
function drawWindow(ctx, places, { starts }, scroll, colors) {
	const end = scroll.first + places.count;
	ctx.lineWidth = 2;
	for (let r = 0; r < places.rows; r++) {
		const row = starts[scroll.top + r];
		const from = Math.max(row, scroll.first);
		const to = Math.min(starts[scroll.top + r + 1], end);
		const [left, y] = places.rowPlace(r);
		const [x0, x1] = [from, to].map((at) => left + (at - row) * places.cell);
		if (from < to) line(ctx, x0, y + LINE - 1, x1, y + LINE - 1, colors.second);
	}
}

/** Arrows where the text goes on above or below what is seen. @param {any} ctx @param {Places} places @param {Page} page @param {Scroll} scroll @param {Palette} colors */
function drawMore(ctx, places, page, scroll, colors) {
	const y = places.letters - 13;
	const below = scroll.top + places.rows < page.starts.length - 1;
	const words = `${scroll.top ? "▲" : ""}${below ? "▼" : ""}`;
	if (words) halo(ctx, words, places.width - 2, y, colors.ink, colors.ground, "right");
}

/** One strip: gates stand on its foot, signed values on its middle. @param {any} ctx @param {Data} data @param {"f" | "i" | "o" | "g" | "c" | "h"} strip @param {Now} now @param {Places} places @param {Scroll} scroll @param {number} y @param {Palette} colors @param {Paint} paint */
function drawStrip(ctx, data, strip, now, places, scroll, y, colors, paint) {
	const isGate = "fio".includes(strip);
	const zero = isGate ? y + STRIP : y + STRIP / 2;
	const unit = isGate ? STRIP : STRIP / 2;
	ctx.fillStyle = colors.soft;
	ctx.fillRect(LEFT, y, places.count * PITCH, STRIP);
	for (let k = 0; k < places.count; k++) {
		const value = level(data, strip, now.row, scroll.first + k);
		const tall = Math.abs(value) * unit;
		ctx.fillStyle = isGate ? colors.muted : paint.bar(value);
		ctx.fillRect(LEFT + k * PITCH + 1, value > 0 ? zero - tall : zero, PITCH - 2, tall);
	}
	ctx.lineWidth = 1;
	line(ctx, LEFT, zero, LEFT + places.count * PITCH, zero, colors.muted);
}

/**
 * The two equations of the chosen unit at the chosen character, in numbers.
 * @param {Data} data @param {Now} now @param {Record<string, string>} text
 * @returns {string[]}
 */
export function equations(data, now, text) {
	const all = numbersAt(data, now.row, now.at);
	const words = {
		...{ t: subscript(now.at + 1), before: subscript(now.at) },
		...{ f: term(all.f, 3), i: term(all.i, 3), o: term(all.o, 3), g: term(all.g, 3) },
		...{ old: term(all.before, 3), kept: term(all.kept, 3), added: term(all.added, 3) },
		...{ c: signed(all.c, 3), inner: signed(all.c, 3), h: signed(all.h, 3) },
		squashed: term(Math.tanh(all.c), 3),
	};
	return [fill(text.cellSum, words), fill(text.hiddenSum, words)];
}

/** The name of a character, also of one without a form. @param {string} char @param {Record<string, string>} text */
export function nameOf(char, text) {
	const names = { "\n": text.newline, "\t": text.tab, " ": text.space };
	return names[char] ?? `“${glyph(char)}”`;
}

/**
 * What the gates do at the chosen character, in words.
 * @param {Data} data @param {Now} now @param {Record<string, string>} text
 */
export function summary(data, now, text) {
	const { f, c, o, before, added } = numbersAt(data, now.row, now.at);
	const share = (/** @type {number} */ value) => `${Math.round(100 * value)}\u00a0%`;
	const flips = before * c < 0 && Math.abs(c - before) > 0.5;
	const values = {
		unit: data.units[now.row],
		place: now.at + 1,
		count: data.chars.length,
		char: nameOf(data.chars[now.at], text),
		kept: share(f),
		added: `${added < 0 ? "" : "+"}${signed(added)}`,
		shown: share(o),
		...{ before: signed(before), c: signed(c) },
	};
	return fill(text.says, values) + (flips ? ` ${text.flips}` : "");
}
