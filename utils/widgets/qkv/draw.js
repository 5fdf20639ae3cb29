/**
 * Everything QKV computes, draws and says, as functions of its data and a canvas context.
 * @typedef {import("../kit/theme.js").Palette} Palette
 * @typedef {object} Data one row a word
 * @property {string[]} words
 * @property {number[][]} x @property {number[][]} q @property {number[][]} k @property {number[][]} v
 * @typedef {{ focus: number, scaled: boolean, causal: boolean }} Now
 */
import { halo, line } from "../kit/axis.js";
import { signed, term } from "../kit/signed.js";
import { fill } from "../kit/text.js";

const HEAD = 34;
const ROW = 46;
const MONO = "14px ui-monospace,Menlo,Consolas,monospace";
const LETTER = 8.5; // width of a figure in this font, a little more than it needs
const WORD = 96;
const NEEDED = 1060; // a narrower view is drawn smaller

/** @param {number[]} a @param {number[]} b */
const product = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);

/** One query through attention. Hidden words have the score −∞ and the weight 0. @param {Data} data @param {Now} now */
export function attend(data, { focus, scaled, causal }) {
	const query = data.q[focus];
	const raw = data.k.map((key) => product(query, key));
	const seen = data.words.map((_, j) => !causal || j <= focus);
	const divided = raw.map((score) => score / (scaled ? Math.sqrt(query.length) : 1));
	const scores = divided.map((score, j) => (seen[j] ? score : Number.NEGATIVE_INFINITY));
	const top = Math.max(...scores);
	const powers = scores.map((score) => Math.exp(score - top));
	const sum = powers.reduce((a, b) => a + b, 0);
	const weights = powers.map((power) => power / sum);
	const parts = data.v.map((value, j) => value.map((number) => weights[j] * number));
	const output = data.v[0].map((_, c) => parts.reduce((total, part) => total + part[c], 0));
	return { raw, seen, scores, weights, parts, output };
}

/** A vector in brackets; each number has the same width. @param {number[]} values */
export const vector = (values) => `(${values.map((value) => signed(value).padStart(5)).join(" ")})`;

/**
 * Where the columns stand. The page is drawn smaller where there is no room for all numbers.
 * @param {Data} data @param {number} width
 */
export function layout(data, width) {
	const scale = Math.min(1, width / NEEDED);
	const wide = {
		x: vector(data.x[0]).length * LETTER,
		q: vector(data.q[0]).length * LETTER,
		k: vector(data.k[0]).length * LETTER,
		v: vector(data.v[0]).length * LETTER,
		...{ score: 60, scaledScore: 96, weight: 150 },
		part: vector(data.v[0]).length * LETTER,
	};
	const room = width / scale - 8 - WORD - Object.values(wide).reduce((a, b) => a + b, 0);
	const gap = room / Object.keys(wide).length;
	let left = WORD;
	const columns = Object.fromEntries(
		Object.entries(wide).map(([name, size]) => {
			const column = { left, right: left + size, middle: left + size / 2 };
			left += size + gap;
			return [name, column];
		}),
	);
	const bottom = HEAD + data.words.length * ROW;
	return { scale, columns, bottom, right: width / scale, height: (bottom + 44) * scale };
}

/** @typedef {ReturnType<typeof layout>} Places */

/** The word whose row is at a height, or the nearest one. @param {Data} data @param {Places} places @param {number} y */
export function wordAt(data, places, y) {
	const row = Math.floor((y / places.scale - HEAD) / ROW);
	return Math.max(0, Math.min(data.words.length - 1, row));
}

/** A long word, cut to its column. @param {string} word */
const cut = (word) => (word.length > 10 ? `${word.slice(0, 9)}…` : word);

/**
 * @param {any} ctx @param {Data} data @param {Now} now @param {Places} places
 * @param {Record<string, string>} text @param {Palette} colors
 */
export function draw(ctx, data, now, places, text, colors) {
	const { columns } = places;
	const found = attend(data, now);
	const width = data.q[0].length;
	ctx.fillStyle = colors.soft;
	ctx.fillRect(0, HEAD + now.focus * ROW + 2, columns.q.right + 6, ROW - 4);
	for (const [name, column] of Object.entries(columns)) {
		const key = name === "scaledScore" && !now.scaled ? "plainScore" : name;
		const words = fill(text[key], { width });
		const queried = ["score", "scaledScore", "weight", "part"].includes(name);
		const color = queried ? colors.accent : colors.ink;
		halo(ctx, words, column.middle, HEAD / 2, color, colors.ground, "center");
	}
	data.words.forEach((word, j) => {
		const y = HEAD + (j + 0.5) * ROW;
		const own = j === now.focus;
		halo(
			ctx,
			`${own ? "▶ " : ""}${cut(word)}`,
			0,
			y,
			colors.ink,
			own ? colors.soft : colors.ground,
		);
		const ink = found.seen[j] ? colors.ink : colors.muted;
		number(ctx, vector(data.x[j]), columns.x, y, colors.muted);
		number(ctx, vector(data.q[j]), columns.q, y, own ? colors.accent : colors.muted);
		number(ctx, vector(data.k[j]), columns.k, y, ink);
		number(ctx, vector(data.v[j]), columns.v, y, ink);
		number(ctx, signed(found.raw[j]), columns.score, y, ink);
		const score = found.seen[j] ? signed(found.scores[j]) : `−∞ ${text.hidden}`;
		number(ctx, score, columns.scaledScore, y, ink);
		bar(ctx, found.weights[j], columns.weight, y, colors);
		number(ctx, vector(found.parts[j]), columns.part, y, ink);
	});
	total(ctx, found, places, text, colors);
}

/** @param {any} ctx @param {string} words @param {{ middle: number }} column @param {number} y @param {string} color */
function number(ctx, words, column, y, color) {
	ctx.font = MONO;
	ctx.textAlign = "center";
	ctx.textBaseline = "middle";
	ctx.fillStyle = color;
	ctx.fillText(words, column.middle, y);
}

/** A weight as a bar and a number. @param {any} ctx @param {number} weight @param {{ left: number, right: number }} column @param {number} y @param {Palette} colors */
function bar(ctx, weight, column, y, colors) {
	const room = column.right - column.left - 48;
	ctx.fillStyle = colors.soft;
	ctx.fillRect(column.left, y - 11, room, 22);
	ctx.fillStyle = colors.accent;
	ctx.fillRect(column.left, y - 11, room * weight, 22);
	number(ctx, weight.toFixed(2), { middle: column.right - 22 }, y, colors.ink);
}

/** The last row: the weights add up to 1, the parts to the output. @param {any} ctx @param {ReturnType<typeof attend>} found @param {Places} places @param {Record<string, string>} text @param {Palette} colors */
function total(ctx, found, places, text, colors) {
	const { weight, part } = places.columns;
	const y = places.bottom + 22;
	ctx.lineWidth = 1;
	line(ctx, weight.left, places.bottom, places.right, places.bottom, colors.muted);
	halo(ctx, text.sum, weight.left, y, colors.ink, colors.ground);
	number(ctx, "1.00", { middle: weight.right - 22 }, y, colors.ink);
	ctx.strokeStyle = colors.accent;
	ctx.lineWidth = 2;
	ctx.strokeRect(part.left - 4, y - 15, part.right - part.left + 8, 30);
	number(ctx, vector(found.output), part, y, colors.accent);
}

/** The two sums of the chosen word in numbers: one score, and the output. @param {Data} data @param {Now} now @param {Record<string, string>} text */
export function equations(data, now, text) {
	const { raw, seen, weights, output } = attend(data, now);
	const best = weights.indexOf(Math.max(...weights));
	const query = data.q[now.focus];
	const products = query.map((value, c) => `${term(value)}·${term(data.k[best][c])}`);
	const shown = weights.flatMap((weight, j) =>
		seen[j]
			? [`${weight.toFixed(2)}·${vector(data.v[j]).replace(/ +/g, " ").replace("( ", "(")}`]
			: [],
	);
	return [
		fill(text.dotSum, {
			word: data.words[best],
			terms: products.join(" + "),
			score: signed(raw[best]),
		}),
		fill(text.outputSum, {
			word: data.words[now.focus],
			terms: shown.join(" + "),
			output: vector(output).replace(/ +/g, " ").replace("( ", "("),
		}),
	];
}

/** What the chosen word attends to, in words. @param {Data} data @param {Now} now @param {Record<string, string>} text */
export function summary(data, now, text) {
	const { weights, seen } = attend(data, now);
	const word = data.words[now.focus];
	const open = seen.filter(Boolean).length;
	if (open === 1 && seen[now.focus]) return fill(text.alone, { word });
	const most = Math.max(...weights);
	const spread = most > 0.95 ? text.one : most - 1 / open < 0.05 ? text.even : text.some;
	const best = data.words[weights.indexOf(most)];
	return fill(text.says, { word, best, share: `${Math.round(100 * most)}\u00a0%`, spread });
}
