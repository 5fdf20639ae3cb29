/**
 * Everything CaptionStepper draws and says, as functions of one example and a canvas context.
 * @typedef {import("../kit/theme.js").Palette} Palette
 * @typedef {object} Example T words, K choices a word, B captions in the beam
 * @property {string[]} words what greedy search writes
 * @property {string | null} truth
 * @property {string[][]} choices (T, K) the most likely first
 * @property {number[][]} chances (T, K)
 * @property {string[][]} becomes (T, K) the caption if that word is taken
 * @property {{ words: string, chance: number }[][]} beams (T, B)
 * @property {number[]} size width and height of the image in its own pixels
 */
import { dot, FONT, halo } from "../kit/axis.js";
import { fill, percent } from "../kit/text.js";

const ROW = 25;
const LETTERS = "600 18px system-ui, sans-serif";
const SIDE = 300;

/**
 * Where the parts stand.
 * @param {number} width @param {Example} [example]
 */
export function layout(width, example) {
	const isWide = width >= 640;
	const [w, h] = example?.size ?? [1, 1];
	const scale = Math.min(SIDE / w, SIDE / h, (isWide ? width * 0.34 : width) / w);
	const image = { x: 0, y: 0, w: w * scale, h: h * scale };
	const left = isWide ? image.w + 30 : 0;
	const top = isWide ? 0 : image.h + 10;
	const bars = top + 84;
	const beam = bars + ROW * (example?.choices[0].length ?? 5) + 40;
	const end = beam + ROW * (example?.beams[0].length ?? 3) + 8;
	return { image, left, right: width, top, bars, beam, height: Math.max(image.h + 4, end) };
}
/** @typedef {ReturnType<typeof layout>} Places */

/** The choice whose bar is under the pointer, or undefined. @param {Example} example @param {number} word @param {Places} at @param {number} x @param {number} y */
export function choiceAt(example, word, at, x, y) {
	const row = Math.floor((y - at.bars) / ROW);
	if (x < at.left || row < 0 || row >= example.choices[word].length) return undefined;
	return row;
}

/** Words, broken where a line is full. @param {any} ctx @param {string[]} words @param {number} room */
export function placed(ctx, words, room) {
	let [x, line] = [0, 0];
	return words.map((word) => {
		const wide = ctx.measureText(`${word} `).width;
		if (x && x + wide > room) [x, line] = [0, line + 1];
		const at = { word, x, line };
		x += wide;
		return at;
	});
}

/**
 * @param {any} ctx @param {Example} example @param {any} image undefined until it is loaded
 * @param {number} word @param {number} choice the word that is taken @param {Places} at
 * @param {Record<string, string>} text @param {Palette} colors
 */
export function draw(ctx, example, image, word, choice, at, text, colors) {
	const frame = at.image;
	ctx.fillStyle = colors.soft;
	ctx.fillRect(frame.x, frame.y, frame.w, frame.h);
	ctx.imageSmoothingEnabled = example.size[0] > 128;
	if (image) ctx.drawImage(image, frame.x, frame.y, frame.w, frame.h);
	drawCaption(ctx, example, word, choice, at, colors);
	drawBars(ctx, example, word, choice, at, text, colors);
	drawBeam(ctx, example, word, at, text, colors);
}

/** The caption: written words, the one of this step underlined, those to come pale. @param {any} ctx @param {Example} example @param {number} word @param {number} choice @param {Places} at @param {Palette} colors */
function drawCaption(ctx, example, word, choice, at, colors) {
	const words = example.becomes[word][choice].split(" ");
	if (word >= words.length) words.push(example.choices[word][choice]);
	ctx.font = LETTERS;
	ctx.textAlign = "left";
	ctx.textBaseline = "middle";
	for (const [i, one] of placed(ctx, words, at.right - at.left).entries()) {
		const [x, y] = [at.left + one.x, at.top + 14 + 26 * one.line];
		const isNow = i === word;
		ctx.fillStyle = isNow ? colors.accent : i < word ? colors.ink : colors.muted;
		ctx.globalAlpha = i > word ? 0.75 : 1;
		ctx.fillText(one.word, x, y);
		if (isNow) ctx.fillRect(x, y + 11, ctx.measureText(one.word).width, 3);
	}
	ctx.globalAlpha = 1;
}

/** @param {any} ctx @param {Example} example @param {number} word @param {number} choice @param {Places} at @param {Record<string, string>} text @param {Palette} colors */
function drawBars(ctx, example, word, choice, at, text, colors) {
	const before = example.words.slice(Math.max(0, word - 4), word).join(" ");
	const title = word ? fill(text.after, { before: (word > 4 ? "… " : "") + before }) : text.first;
	halo(ctx, title, at.left, at.bars - 14, colors.muted, colors.ground);
	const [start, end] = [at.left + 82, at.right - 74];
	example.choices[word].forEach((name, i) => {
		const y = at.bars + ROW * (i + 0.5);
		const stop = start + example.chances[word][i] * (end - start);
		const isTaken = i === choice;
		ctx.fillStyle = isTaken ? colors.second : colors.accent;
		ctx.fillRect(start, y - 9, Math.max(1, stop - start), 18);
		halo(ctx, name, start - 10, y, isTaken ? colors.second : colors.ink, colors.ground, "right");
		const share = percent(example.chances[word][i]);
		halo(ctx, share, stop + (isTaken ? 20 : 7), y, colors.ink, colors.ground);
		if (isTaken) dot(ctx, stop + 10, y, 4.5, colors.second);
	});
}

/** @param {any} ctx @param {Example} example @param {number} word @param {Places} at @param {Record<string, string>} text @param {Palette} colors */
function drawBeam(ctx, example, word, at, text, colors) {
	const beam = example.beams[word];
	const title = fill(text.beam, { count: beam.length, place: word + 1 });
	halo(ctx, title, at.left, at.beam - 14, colors.muted, colors.ground);
	beam.forEach(({ words, chance }, i) => {
		const y = at.beam + ROW * (i + 0.5);
		halo(ctx, percent(chance), at.left + 62, y, colors.ink, colors.ground, "right");
		ctx.font = FONT;
		halo(ctx, cut(ctx, words, at.right - at.left - 74), at.left + 74, y, colors.ink, colors.ground);
	});
}

/** The end of words that are too long for their room. @param {any} ctx @param {string} words @param {number} room */
function cut(ctx, words, room) {
	let parts = words.split(" ");
	if (ctx.measureText(words).width <= room) return words;
	while (parts.length > 1 && ctx.measureText(`… ${parts.join(" ")}`).width > room)
		parts = parts.slice(1);
	return `… ${parts.join(" ")}`;
}

/**
 * What is shown, in words.
 * @param {Example} example @param {number} word @param {number} choice @param {Record<string, string>} text
 */
export function summary(example, word, choice, text) {
	const caption = example.becomes[word][choice];
	const values = {
		place: word + 1,
		count: example.words.length,
		word: example.choices[word][choice],
		best: example.choices[word][0],
		rank: choice + 1,
		chance: percent(example.chances[word][choice]),
		caption,
		truth: example.truth ?? "",
	};
	const parts = [fill(text.says, values), fill(choice ? text.other : text.greedy, values)];
	if (example.truth !== null)
		parts.push(fill(caption === example.truth ? text.right : text.wrong, values));
	return parts.join(" ");
}
