/**
 * Everything HiddenUnits draws and says, as functions of its data and a canvas context.
 * @typedef {import("../kit/theme.js").Palette} Palette
 * @typedef {object} Page a text broken into rows
 * @property {string[]} chars one a character, never half of one
 * @property {number[]} starts where each row begins, and the end of the last one
 * @property {number} columns cells of a full row; an end of line may hang behind them
 * @typedef {object} Shown what is drawn over it
 * @property {Uint8Array} row the unit's values, 127 is 0
 * @property {number} first row that is seen
 * @property {number} offset pixels of it that are not
 * @property {number} cell width of one character
 * @property {Uint8Array} marks what is searched for
 * @property {number} at the character under the pointer or the cursor
 */
import { fill } from "../kit/text.js";
import { strength } from "./rank.js";

export const MONO = "15px ui-monospace,Menlo,Consolas,monospace";
export const ROW = 23;
export const ROWS = 12; // seen at once
const BOX = 20; // height of a coloured cell; the rest of a row holds the line of the property

/** Colours of -1, 0 and +1, and of the letters' bars: ink is read on each of them. @param {boolean} dark */
export const ends = (dark) =>
	dark
		? [
				[181, 48, 42],
				[20, 24, 29],
				[29, 98, 196],
			]
		: [
				[251, 120, 108],
				[255, 255, 255],
				[96, 165, 250],
			];

/** The colour of each of 255 levels, as a pixel. @param {number[][]} colors of -1, 0 and +1 */
export function ramp([minus, zero, plus]) {
	return Uint32Array.from({ length: 255 }, (_, level) => {
		const value = level / 127 - 1;
		const end = value > 0 ? plus : minus;
		const [r, g, b] = zero.map((from, i) => Math.round(from + (end[i] - from) * Math.abs(value)));
		return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
	});
}

/** Breaks a text into rows of at most `columns` cells. @param {string[]} chars @param {number} columns @returns {Page} */
export function paginate(chars, columns) {
	const starts = [0];
	chars.forEach((char, i) => {
		const full = i - starts[starts.length - 1] >= columns && char !== "\n";
		if (full || chars[i - 1] === "\n") starts.push(i);
	});
	return { chars, starts: [...starts, chars.length], columns };
}

/** The row of a character. @param {Page} page @param {number} index */
export const rowOf = ({ starts }, index) => starts.findIndex((start) => start > index) - 1;

/** The character nearest to a row and a column. @param {Page} page @param {number} row @param {number} column */
export function charAt({ starts }, row, column) {
	const r = Math.max(0, Math.min(starts.length - 2, row));
	return Math.max(starts[r], Math.min(starts[r + 1] - 1, starts[r] + column));
}

// Marks that join to the letter before, and what has no form of its own.
const FORMLESS = /^[\p{C}\p{M}\p{Zl}\p{Zp}]$/u;

/** What stands in the cell of a character. @param {string} char */
export const glyph = (char) =>
	({ "\n": "↵", "\t": "→" })[char] ?? (FORMLESS.test(char) ? "�" : char);

/** The rows of a page that are seen, one pixel a character. @param {Page} page @param {Uint8Array} row @param {number} first @param {Uint32Array} pixels */
export function bitmap({ starts, columns }, row, first, pixels) {
	const width = columns + 1;
	const found = new Uint32Array(width * (ROWS + 1));
	for (let r = first; r <= first + ROWS && r < starts.length - 1; r++)
		for (let i = starts[r]; i < starts[r + 1]; i++)
			found[(r - first) * width + i - starts[r]] = pixels[row[i]];
	return new ImageData(new Uint8ClampedArray(found.buffer), width);
}

/** The rows that are seen: what a unit does, on a ground made by `bitmap`, or, without one, the letters, which no unit changes. @param {any} ctx @param {Page} page @param {Shown} shown @param {Palette} colors @param {CanvasImageSource} [ground] */
export function drawText(ctx, { chars, starts, columns }, shown, colors, ground) {
	const { cell, first } = shown;
	ctx.font = MONO;
	ctx.textBaseline = "middle";
	ctx.imageSmoothingEnabled = false;
	ctx.lineWidth = 2;
	for (let r = first; r <= first + ROWS && r < starts.length - 1; r++) {
		const y = (r - first) * ROW - shown.offset;
		if (ground)
			ctx.drawImage(ground, 0, r - first, columns + 1, 1, 0, y, (columns + 1) * cell, BOX);
		for (let i = starts[r]; i < starts[r + 1]; i++) {
			const char = chars[i];
			const x = (i - starts[r]) * cell;
			ctx.fillStyle = char < " " ? colors.muted : colors.ink;
			if (ground) drawCell(ctx, shown, i, x, y, colors);
			else if (char > " " && char <= "~") ctx.fillText(char, x, y + BOX / 2);
			else if (char !== " ") ctx.fillText(glyph(char), x, y + BOX / 2, cell);
		}
	}
}

/** The bar of a value (at the foot above 0, at the head below), the line of what is searched for. @param {any} ctx @param {Shown} shown @param {number} i @param {number} x @param {number} y @param {Palette} colors */
function drawCell(ctx, { row, marks, cell, at }, i, x, y, colors) {
	const thick = Math.round(Math.abs(row[i] - 127) / 60);
	ctx.fillRect(x, row[i] > 127 ? y + BOX - thick : y, cell, thick);
	ctx.fillStyle = colors.second;
	if (marks[i]) ctx.fillRect(x, y + BOX, cell, 3);
	ctx.strokeStyle = colors.accent;
	if (i === at) ctx.strokeRect(x, y, cell, BOX);
}

/** The value of a level, with its sign and two decimals. @param {number} level */
export function signed(level) {
	const value = level / 127 - 1;
	return `${value > 0 ? "+" : value < 0 ? "−" : ""}${Math.abs(value).toFixed(2)}`;
}

/** A character, its line and column from 1, and the unit's value there. @param {string[]} chars @param {Uint8Array} row @param {number} index @param {Record<string, string>} text */
export function cellWords(chars, row, index, text) {
	const before = chars.slice(0, index);
	return fill(text.cell, {
		name: text[chars[index]] ?? fill(text.char, { char: glyph(chars[index]) }),
		line: before.filter((char) => char === "\n").length + 1,
		column: index - before.lastIndexOf("\n"),
		value: signed(row[index]),
	});
}

/**
 * @param {{ unit: number, total: Uint32Array, name: string, brush: boolean, count: number,
 *   given: number | undefined, here: number, cell: string }} found `given`: the AUC on the files used to
 *   choose; `here`: on this text, NaN if there is none
 * @param {Record<string, string>} text
 */
export function summary(found, text) {
	const { given, here, total, brush } = found;
	const keys = ["summaryUnit"];
	if (given !== undefined) keys.push("summaryGiven");
	if (brush) keys.push(here >= 0 ? "summaryBrush" : "summaryNoBrush");
	else if (found.name) keys.push(here >= 0 ? "summaryHere" : "summaryAbsent");
	keys.push("summaryAt");
	const values = {
		...found,
		low: signed(total.findIndex(Boolean)),
		high: signed(total.findLastIndex(Boolean)),
		given: strength(given ?? 0).toFixed(3),
		here: strength(here).toFixed(3),
		side: here < 0.5 ? text.smaller : text.larger,
	};
	return keys.map((key) => fill(text[key], /** @type {any} */ (values))).join(" ");
}
