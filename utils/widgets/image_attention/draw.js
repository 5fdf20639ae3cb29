/**
 * Everything ImageAttention draws and says, as functions of one example and a canvas context.
 * @typedef {import("../kit/theme.js").Palette} Palette
 * @typedef {object} Example T words over a grid of cells
 * @property {string[]} words
 * @property {number[][]} weights T rows, one weight a cell, row after row of the grid
 * @property {(number[] | null)[]} boxes true box of each word: left, top, right, bottom in 0 to 1
 * @property {number[]} grid rows and columns
 * @property {number[]} size width and height of the image in its own pixels
 */
import { FONT } from "../kit/axis.js";
import { fill } from "../kit/text.js";

const GAP = 10;
const NAME = 24; // pixels under a small image
const LEAST = 84;
const MOST = 132;
const DIM = 0.78;

/** The cell with the largest weight. @param {Example} example @param {number} word */
export function peakCell(example, word) {
	const weights = example.weights[word];
	const cell = weights.indexOf(Math.max(...weights));
	const columns = example.grid[1];
	return { cell, row: Math.floor(cell / columns), column: cell % columns, weight: weights[cell] };
}

/** Whether a cell's middle lies in a box. @param {Example} example @param {number} cell @param {number[]} box */
function isInside(example, cell, [left, top, right, bottom]) {
	const [rows, columns] = example.grid;
	const x = ((cell % columns) + 0.5) / columns;
	const y = (Math.floor(cell / columns) + 0.5) / rows;
	return x >= left && x <= right && y >= top && y <= bottom;
}

/** The peak's place in the true box, and the share of the weight there; nothing without a box. @param {Example} example @param {number} word */
export function pointing(example, word) {
	const box = example.boxes[word];
	if (!box) return undefined;
	const inside = example.weights[word].filter((_, cell) => isInside(example, cell, box));
	return {
		isHit: isInside(example, peakCell(example, word).cell, box),
		share: inside.reduce((sum, weight) => sum + weight, 0),
	};
}

/**
 * Where the large image and the small ones stand.
 * @param {number} width @param {Example} example
 */
export function layout(width, example) {
	const [w, h] = example.size;
	const count = example.words.length;
	const isWide = width >= 620;
	const scale = Math.min((isWide ? width * 0.42 : width) / w, 380 / h);
	const large = { x: 0, y: 0, w: w * scale, h: h * scale };
	const left = isWide ? large.w + 28 : 0;
	const top = isWide ? 0 : large.h + 14;
	const room = width - left;
	const sideOf = (/** @type {number} */ columns) => Math.min(MOST, (room + GAP) / columns - GAP);
	let columns = Math.max(1, Math.min(count, Math.floor((room + GAP) / (LEAST + GAP))));
	// Fewer, larger images where they stand in no more height than the large one.
	while (columns > 1 && sideOf(columns) < MOST) {
		const rows = Math.ceil(count / (columns - 1));
		if (rows * ((sideOf(columns - 1) * h) / w + NAME) > Math.max(large.h, 300)) break;
		columns--;
	}
	const side = sideOf(columns);
	const tall = (side * h) / w;
	const small = example.words.map((_, i) => ({
		x: left + (i % columns) * (side + GAP),
		y: top + Math.floor(i / columns) * (tall + NAME),
		w: side,
		h: tall,
	}));
	const last = small[count - 1];
	return { large, small, height: Math.ceil(Math.max(large.h + 4, last.y + tall + NAME)) };
}
/** @typedef {ReturnType<typeof layout>} Places */
/** @typedef {{ x: number, y: number, w: number, h: number }} Frame */

/** The word whose small image is under the pointer, or undefined. @param {Places} at @param {number} x @param {number} y */
export function wordAt(at, x, y) {
	const place = at.small.findIndex(
		(one) => x >= one.x && x < one.x + one.w && y >= one.y && y < one.y + one.h + NAME,
	);
	return place < 0 ? undefined : place;
}

/** The cell of the large image under the pointer, or undefined. @param {Example} example @param {Places} at @param {number} x @param {number} y */
export function cellAt(example, { large }, x, y) {
	const [rows, columns] = example.grid;
	const row = Math.floor(((y - large.y) / large.h) * rows);
	const column = Math.floor(((x - large.x) / large.w) * columns);
	if (row < 0 || column < 0 || row >= rows || column >= columns) return undefined;
	return row * columns + column;
}

/**
 * @param {any} ctx @param {Example} example @param {any} image undefined until it is loaded
 * @param {number} word @param {number | undefined} cell the one to tell about
 * @param {Places} at @param {Palette} colors
 */
export function draw(ctx, example, image, word, cell, at, colors) {
	drawWord(ctx, example, image, word, at.large, colors, 3);
	if (cell !== undefined) outline(ctx, example, cell, at.large, 1);
	at.small.forEach((frame, place) => {
		const isNow = place === word;
		drawWord(ctx, example, image, place, frame, colors, 1.5);
		ctx.strokeStyle = isNow ? colors.accent : colors.line;
		ctx.lineWidth = isNow ? 3 : 1;
		ctx.strokeRect(frame.x, frame.y, frame.w, frame.h);
		ctx.font = isNow ? `bold ${FONT}` : FONT;
		ctx.fillStyle = isNow ? colors.accent : colors.ink;
		ctx.textAlign = "left";
		ctx.textBaseline = "middle";
		ctx.fillText(named(ctx, example, place, frame.w), frame.x, frame.y + frame.h + 12);
	});
}

/** A word, its verdict in front, cut to its room. @param {any} ctx @param {Example} example @param {number} place @param {number} room */
function named(ctx, example, place, room) {
	const found = pointing(example, place);
	let words = Array.from((found ? (found.isHit ? "✓ " : "✗ ") : "") + example.words[place]);
	if (ctx.measureText(words.join("")).width <= room) return words.join("");
	while (words.length > 1 && ctx.measureText(`${words.join("")}…`).width > room)
		words = words.slice(0, -1);
	return `${words.join("")}…`;
}

/**
 * The image for one word: dark where the weight is small; peak and true box outlined.
 * @param {any} ctx @param {Example} example @param {any} image @param {number} word
 * @param {Frame} frame @param {Palette} colors @param {number} width of the outlines
 */
function drawWord(ctx, example, image, word, frame, colors, width) {
	const [rows, columns] = example.grid;
	ctx.fillStyle = colors.soft;
	ctx.fillRect(frame.x, frame.y, frame.w, frame.h);
	ctx.imageSmoothingEnabled = example.size[0] > 128;
	if (image) ctx.drawImage(image, frame.x, frame.y, frame.w, frame.h);
	const peak = peakCell(example, word);
	// Whole pixels, so that no line stands between two cells.
	const x = (/** @type {number} */ column) => Math.round(frame.x + (frame.w * column) / columns);
	const y = (/** @type {number} */ row) => Math.round(frame.y + (frame.h * row) / rows);
	ctx.fillStyle = "#000";
	example.weights[word].forEach((weight, cell) => {
		ctx.globalAlpha = DIM * (1 - weight / (peak.weight || 1));
		const [column, row] = [cell % columns, Math.floor(cell / columns)];
		ctx.fillRect(x(column), y(row), x(column + 1) - x(column), y(row + 1) - y(row));
	});
	ctx.globalAlpha = 1;
	outline(ctx, example, peak.cell, frame, width);
	const box = example.boxes[word];
	if (!box) return;
	const [left, top, right, bottom] = box;
	ctx.lineWidth = width;
	ctx.strokeStyle = "#ff9d2e";
	ctx.setLineDash([3 * width, 2 * width]);
	ctx.strokeRect(
		frame.x + left * frame.w,
		frame.y + top * frame.h,
		(right - left) * frame.w,
		(bottom - top) * frame.h,
	);
	ctx.setLineDash([]);
}

/** White around one cell. @param {any} ctx @param {Example} example @param {number} cell @param {Frame} frame @param {number} width */
function outline(ctx, example, cell, frame, width) {
	const [rows, columns] = example.grid;
	const [w, h] = [frame.w / columns, frame.h / rows];
	ctx.lineWidth = width;
	ctx.strokeStyle = "#fff";
	ctx.strokeRect(frame.x + (cell % columns) * w, frame.y + Math.floor(cell / columns) * h, w, h);
}

/**
 * What is shown, in words.
 * @param {Example} example @param {number} word @param {number | undefined} cell under the pointer
 * @param {Record<string, string>} text
 */
export function summary(example, word, cell, text) {
	const { row, column, weight } = peakCell(example, word);
	const [rows, columns] = example.grid;
	const parts = [
		fill(text.says, {
			...{ place: word + 1, count: example.words.length, word: example.words[word] },
			...{ weight: weight.toFixed(2), row: row + 1, column: column + 1, rows, columns },
		}),
	];
	const found = pointing(example, word);
	if (found)
		parts.push(fill(found.isHit ? text.hit : text.miss, { share: found.share.toFixed(2) }));
	if (cell !== undefined)
		parts.push(fill(text.here, { weight: example.weights[word][cell].toFixed(3) }));
	const known = example.words.map((_, place) => pointing(example, place)).filter(Boolean);
	if (known.length)
		parts.push(
			fill(text.score, { hits: known.filter((one) => one.isHit).length, known: known.length }),
		);
	return parts.join(" ");
}
