/**
 * Everything SamplingBox computes and draws, as functions of its data.
 * @typedef {import("../kit/theme.js").Palette} Palette
 * @typedef {object} Data K temperatures, S seeds, V symbols
 * @property {string} prompt
 * @property {number[]} temperatures (K,) rising
 * @property {number[]} seeds (S,)
 * @property {string[][]} texts (K, S)
 * @property {number[]} logits (V,) the largest is 0
 * @property {string[]} symbols (V,)
 */
import { dot, halo } from "../kit/axis.js";
import { fill, percent } from "../kit/text.js";

const BARS = 12;
const ROW = 22;
export const HEIGHT = BARS * ROW + 32;

/** softmax(logits / temperature). @param {number[]} logits @param {number} temperature */
export function chances(logits, temperature) {
	const powers = logits.map((value) => Math.exp(value / temperature));
	const sum = powers.reduce((total, value) => total + value, 0);
	return powers.map((value) => value / sum);
}

/** Places of the symbols, most likely first: the order is that of the logits. @param {number[]} logits */
export function ranked(logits) {
	return logits.map((_, i) => i).sort((a, b) => logits[b] - logits[a] || a - b);
}

/** How many of the most likely symbols hold `share` of the probability. @param {number[]} values @param {number} share */
export function holders(values, share) {
	let sum = 0;
	const falling = [...values].sort((a, b) => b - a);
	const place = falling.findIndex((value) => {
		sum += value;
		return sum >= share - 1e-9;
	});
	return place + 1;
}

/** A character as a reader can see it. @param {string} symbol @param {Record<string, string>} text */
export function visible(symbol, text) {
	return symbol === " " ? text.space : symbol === "\n" ? text.newline : symbol;
}

/**
 * @param {any} ctx @param {Data} data @param {number} temperature place of it @param {number} seed
 * @param {number} width @param {Record<string, string>} text @param {Palette} colors
 */
export function draw(ctx, data, temperature, seed, width, text, colors) {
	const values = chances(data.logits, data.temperatures[temperature]);
	const drawn = [...data.texts[temperature][seed]][0];
	const [left, right] = [74, width - 62];
	halo(ctx, text.barsTitle, 0, 12, colors.ink, colors.ground);
	ranked(data.logits)
		.slice(0, BARS)
		.forEach((place, row) => {
			const y = 28 + ROW * (row + 0.5);
			const end = left + values[place] * (right - left);
			const chosen = data.symbols[place] === drawn;
			ctx.fillStyle = chosen ? colors.second : colors.accent;
			ctx.fillRect(left, y - 8, Math.max(1, end - left), 16);
			const name = visible(data.symbols[place], text);
			halo(ctx, name, left - 10, y, colors.ink, colors.ground, "right");
			halo(ctx, percent(values[place]), end + (chosen ? 20 : 6), y, colors.ink, colors.ground);
			if (chosen) dot(ctx, end + 10, y, 4.5, colors.second);
		});
}

/** What the view shows, in words. @param {Data} data @param {number} temperature @param {number} seed @param {Record<string, string>} text */
export function summary(data, temperature, seed, text) {
	const values = chances(data.logits, data.temperatures[temperature]);
	const top = ranked(data.logits)[0];
	const drawn = [...data.texts[temperature][seed]][0];
	return fill(text.summary, {
		temperature: data.temperatures[temperature],
		top: visible(data.symbols[top], text),
		share: percent(values[top]),
		count: holders(values, 0.9),
		seed: data.seeds[seed],
		drawn: visible(drawn, text),
		chance: percent(values[data.symbols.indexOf(drawn)]),
	});
}
