/**
 * Everything SearchBudget computes and draws, as functions of its data and a canvas context.
 * @typedef {import("../kit/axis.js").Box} Box
 * @typedef {import("../kit/theme.js").Palette} Palette
 * @typedef {object} Data made by widget.py: A values of the first hyperparameter, B of the second
 * @property {[string, string]} names
 * @property {number[][]} score (A, B) validation accuracy of each cell, really trained
 * @property {[Tick[], Tick[]]} ticks
 * @typedef {{ place: number, label: string }} Tick `place` in cells: cell i goes from i to i + 1
 * @typedef {[number, number]} Point the cell of a trial
 * @typedef {{ points: Point[], best: number, score: number }} Search `best` is the first best point
 * @typedef {{ grid: Search, random: Search, outcome: "win" | "tie" | "loss" }} Draw for random
 */
import { curve, dot, FONT, halo, line, linearScale } from "../kit/axis.js";
import { fill } from "../kit/text.js";

export const DRAWS = 500;
const PANEL = 326;
const SIDE = 92;

/**
 * Random numbers from 0 up to, not including, 1: the same for the same seed (Mulberry32 of
 * T. Ettinger, 2017).
 * @param {number} seed
 */
export function generator(seed) {
	let state = seed >>> 0;
	return () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}

/**
 * The cells of k evenly spaced values among `count`: one in each k-th part of the axis, all at the
 * same place (`offset`, from 0 to 1) inside their part.
 * @param {number} k @param {number} count @param {number} offset
 */
export function spaced(k, count, offset) {
	return Array.from({ length: k }, (_, i) => Math.floor(((i + offset) / k) * count));
}

/**
 * A grid of k × k trials with a random offset for each axis, as `grid_points` in Python.
 * @param {number} k @param {number[]} shape (A, B) @param {() => number} random @returns {Point[]}
 */
export function gridPoints(k, shape, random) {
	const first = spaced(k, shape[0], random());
	const second = spaced(k, shape[1], random());
	return first.flatMap((a) => second.map((b) => /** @type {Point} */ ([a, b])));
}

/**
 * k × k trials in cells drawn at random, none twice, as `random_points` in Python.
 * @param {number} k @param {number[]} shape (A, B) @param {() => number} random @returns {Point[]}
 */
export function randomPoints(k, shape, random) {
	const [rows, columns] = shape;
	/** @type {Set<number>} */
	const drawn = new Set();
	while (drawn.size < k * k) drawn.add(Math.floor(random() * rows * columns));
	return Array.from(drawn, (cell) => [Math.floor(cell / columns), cell % columns]);
}

/** @param {Data} data @param {Point[]} points @returns {Search} */
export function search(data, points) {
	const scores = points.map(([a, b]) => data.score[a][b]);
	const score = Math.max(...scores);
	return { points, best: scores.indexOf(score), score };
}

/**
 * Searches with k × k trials, DRAWS times: on a grid and at random each time.
 * @param {Data} data @param {number} k @param {number} seed @returns {Draw[]}
 */
export function resample(data, k, seed) {
	const random = generator(seed * 1009 + k);
	const shape = [data.score.length, data.score[0].length];
	return Array.from({ length: DRAWS }, () => {
		const grid = search(data, gridPoints(k, shape, random));
		const other = search(data, randomPoints(k, shape, random));
		const outcome = other.score > grid.score ? "win" : other.score < grid.score ? "loss" : "tie";
		return { grid, random: other, outcome };
	});
}

/**
 * How often random search won, tied and lost; the chance that it wins, where a tie counts as half
 * a win, with half its 95 % band; and the mean best score of each search.
 * @param {Draw[]} draws
 */
export function tally(draws) {
	const counts = { win: 0, tie: 0, loss: 0 };
	for (const { outcome } of draws) counts[outcome] += 1;
	const wins = draws.map(({ outcome }) => ({ win: 1, tie: 0.5, loss: 0 })[outcome]);
	const chance = mean(wins);
	const spread = mean(wins.map((win) => (win - chance) ** 2));
	return {
		...counts,
		chance,
		band: 1.96 * Math.sqrt(spread / (draws.length - 1)),
		grid: mean(draws.map((draw) => draw.grid.score)),
		random: mean(draws.map((draw) => draw.random.score)),
	};
}

/** How many different values of one hyperparameter the trials have. @param {Point[]} points @param {0 | 1} axis */
export function different(points, axis) {
	return new Set(points.map((point) => point[axis])).size;
}

/** The mean score at each value of one hyperparameter, over all values of the other. @param {Data} data @param {0 | 1} axis */
export function profile({ score }, axis) {
	if (axis === 0) return score.map(mean);
	return score[0].map((_, b) => mean(score.map((row) => row[b])));
}

/** @param {number[]} values */
function mean(values) {
	return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Lowest and highest score. @param {Data} data @returns {[number, number]} */
function range({ score }) {
	const all = score.flat();
	return [Math.min(...all), Math.max(...all)];
}

/**
 * @param {number} left @param {number} top @param {number} right
 * @returns {{ left: number, top: number, strip: Box, heat: Box, side: Box }}
 */
function panelAt(left, top, right) {
	const [from, to] = [left + 56, right - SIDE];
	return {
		left,
		top,
		strip: { left: from, top: top + 46, right: to, bottom: top + 94 },
		heat: { left: from, top: top + 118, right: to, bottom: top + PANEL - 44 },
		side: { left: to + 12, top: top + 118, right: right - 8, bottom: top + PANEL - 44 },
	};
}

/**
 * Where the two searches stand, beside each other or one under the other, and the bar below.
 * @param {number} width
 */
export function layout(width) {
	const wide = width >= 860;
	const middle = Math.round(width / 2);
	const grid = panelAt(0, 0, wide ? middle - 14 : width);
	const random = wide ? panelAt(middle + 14, 0, width) : panelAt(0, PANEL + 18, width);
	const top = random.top + PANEL + 30;
	return {
		height: top + 46,
		grid,
		random,
		bar: { left: 1, top, right: width - 1, bottom: top + 20 },
	};
}

/** @param {Data} data @param {ReturnType<typeof panelAt>} panel */
export function scales(data, { strip, heat, side }) {
	const [low, high] = range(data);
	const room = (high - low) * 0.08 || 1;
	const ends = [low - room, high + room];
	return {
		x: linearScale(0, data.score.length, heat.left, heat.right),
		y: linearScale(0, data.score[0].length, heat.bottom, heat.top),
		up: linearScale(ends[0], ends[1], strip.bottom, strip.top),
		out: linearScale(ends[0], ends[1], side.left, side.right),
	};
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {Data} data
 * @param {Draw} shown
 * @param {ReturnType<typeof tally>} counts
 * @param {ReturnType<typeof layout>} boxes
 * @param {Record<string, string>} text
 * @param {Palette} colors
 */
export function draw(ctx, data, shown, counts, boxes, text, colors) {
	for (const name of /** @type {["grid", "random"]} */ (["grid", "random"])) {
		const panel = boxes[name];
		const ink = name === "grid" ? colors.ink : colors.second;
		const mark = name === "grid" ? square : dot;
		drawWords(ctx, data, shown[name], name, panel, text, colors, ink);
		drawHeat(ctx, data, panel, colors);
		drawProfiles(ctx, data, shown[name].points, panel, colors, mark, ink);
		drawPoints(ctx, data, shown[name], panel, text, colors, mark, ink);
	}
	drawBar(ctx, shown.outcome, counts, boxes.bar, text, colors);
}

/** @param {any} ctx @param {number} x @param {number} y @param {number} r @param {string} color */
function square(ctx, x, y, r, color) {
	ctx.fillStyle = color;
	ctx.fillRect(x - r, y - r, 2 * r, 2 * r);
}

/** @param {any} ctx @param {string} words @param {number} x @param {number} y @param {string} color @param {CanvasTextAlign} [align] */
function write(ctx, words, x, y, color, align = "left") {
	ctx.font = FONT;
	ctx.textAlign = align;
	ctx.textBaseline = "middle";
	ctx.fillStyle = color;
	ctx.fillText(words, x, y);
}

/** Titles, numbers of values, and both axes. @param {any} ctx @param {Data} data @param {Search} found @param {"grid" | "random"} name @param {any} panel @param {any} text @param {Palette} colors @param {string} ink */
function drawWords(ctx, data, found, name, panel, text, colors, ink) {
	const { heat, strip, side } = panel;
	const at = scales(data, panel);
	const [first, second] = data.names;
	const tried = [different(found.points, 0), different(found.points, 1)];
	const values = { count: found.points.length, score: found.score.toFixed(3) };
	write(ctx, fill(text[name], values), panel.left, panel.top + 9, ink);
	write(
		ctx,
		fill(text.along, { name: first, tried: tried[0] }),
		panel.left,
		strip.top - 14,
		colors.ink,
	);
	write(ctx, second, panel.left, heat.top - 12, colors.ink);
	write(ctx, fill(text.tried, { tried: tried[1] }), side.right, heat.top - 12, colors.ink, "right");
	write(ctx, first, (heat.left + heat.right) / 2, heat.bottom + 34, colors.ink, "center");
	ctx.lineWidth = 1;
	for (const { place, label } of data.ticks[0]) {
		line(ctx, at.x(place), heat.bottom, at.x(place), heat.bottom + 4, colors.muted);
		write(ctx, label, at.x(place), heat.bottom + 15, colors.muted, "center");
	}
	for (const { place, label } of data.ticks[1]) {
		line(ctx, heat.left - 4, at.y(place), heat.left, at.y(place), colors.muted);
		write(ctx, label, heat.left - 7, at.y(place), colors.muted, "right");
	}
}

/** One rectangle a cell, the bluer the higher its score. @param {any} ctx @param {Data} data @param {any} panel @param {Palette} colors */
function drawHeat(ctx, data, panel, colors) {
	const at = scales(data, panel);
	const { heat } = panel;
	const [low, high] = range(data);
	ctx.fillStyle = colors.accent;
	data.score.forEach((row, a) => {
		const [left, right] = [Math.round(at.x(a)), Math.round(at.x(a + 1))];
		row.forEach((value, b) => {
			const [top, bottom] = [Math.round(at.y(b + 1)), Math.round(at.y(b))];
			ctx.globalAlpha = 0.8 * ((value - low) / (high - low || 1)) ** 1.5;
			ctx.fillRect(left, top, right - left, bottom - top);
		});
	});
	ctx.globalAlpha = 1;
	ctx.lineWidth = 1;
	ctx.strokeStyle = colors.muted;
	ctx.strokeRect(heat.left, heat.top, heat.right - heat.left, heat.bottom - heat.top);
}

/** The mean score along each axis, and a mark for each value that was tried. @param {any} ctx @param {Data} data @param {Point[]} points @param {any} panel @param {Palette} colors @param {typeof dot} mark @param {string} ink */
function drawProfiles(ctx, data, points, panel, colors, mark, ink) {
	const at = scales(data, panel);
	const { strip, side } = panel;
	const along = profile(data, 0).map((score, a) => [at.x(a + 0.5), at.up(score)]);
	const out = profile(data, 1).map((score, b) => [at.out(score), at.y(b + 0.5)]);
	ctx.lineWidth = 1;
	line(ctx, strip.left, strip.bottom, strip.right, strip.bottom, colors.muted);
	line(ctx, side.left, side.top, side.left, side.bottom, colors.muted);
	for (const places of [along, out]) {
		const [xs, ys] = [places.map(([x]) => x), places.map(([, y]) => y)];
		curve(ctx, xs, ys, same, same, colors.accent, 2);
	}
	ctx.lineWidth = 1.5;
	for (const a of new Set(points.map((point) => point[0]))) {
		stem(ctx, [along[a][0], strip.bottom], along[a], mark, ink, colors);
	}
	for (const b of new Set(points.map((point) => point[1]))) {
		stem(ctx, [side.left, out[b][1]], out[b], mark, ink, colors);
	}
}

/** @param {number} pixel */
const same = (pixel) => pixel;

/** @param {any} ctx @param {Point} from @param {Point} to @param {typeof dot} mark @param {string} ink @param {Palette} colors */
function stem(ctx, from, to, mark, ink, colors) {
	line(ctx, from[0], from[1], to[0], to[1], ink);
	mark(ctx, to[0], to[1], 4, colors.ground);
	mark(ctx, to[0], to[1], 3, ink);
}

/** All trials on the heat map; the best one has a ring and its score. @param {any} ctx @param {Data} data @param {Search} found @param {any} panel @param {any} text @param {Palette} colors @param {typeof dot} mark @param {string} ink */
function drawPoints(ctx, data, found, panel, text, colors, mark, ink) {
	const at = scales(data, panel);
	const { heat } = panel;
	const places = found.points.map(([a, b]) => [at.x(a + 0.5), at.y(b + 0.5)]);
	for (const [x, y] of places) {
		mark(ctx, x, y, 6, colors.ground);
		mark(ctx, x, y, 4.5, ink);
	}
	const [x, y] = places[found.best];
	for (const [width, color] of [
		[6, colors.ground],
		[3, ink],
	]) {
		ctx.lineWidth = width;
		ctx.strokeStyle = color;
		ctx.beginPath();
		ctx.arc(x, y, 10, 0, 2 * Math.PI);
		ctx.stroke();
	}
	const toLeft = x > (heat.left + heat.right) / 2;
	const words = fill(text.best, { score: found.score.toFixed(3) });
	const place = [x + (toLeft ? -17 : 17), Math.min(heat.bottom - 10, Math.max(heat.top + 10, y))];
	halo(ctx, words, place[0], place[1], colors.ink, colors.ground, toLeft ? "right" : "left");
}

/** How often random search won, tied and lost; the part of the draw shown has a thick edge. @param {any} ctx @param {"win" | "tie" | "loss"} outcome @param {any} counts @param {Box} box @param {any} text @param {Palette} colors */
function drawBar(ctx, outcome, counts, box, text, colors) {
	const width = box.right - box.left;
	const title = fill(text.bar, { draws: DRAWS, ...chances(counts) });
	write(ctx, title, box.left, box.top - 12, colors.ink);
	const fills = { win: colors.second, tie: colors.soft, loss: colors.muted };
	let left = box.left;
	let edge = [left, left];
	for (const part of /** @type {("win" | "tie" | "loss")[]} */ (["win", "tie", "loss"])) {
		const right = left + (width * counts[part]) / DRAWS;
		ctx.fillStyle = fills[part];
		ctx.fillRect(left, box.top, right - left, box.bottom - box.top);
		if (part === outcome) edge = [left, right];
		left = right;
	}
	ctx.lineWidth = 1;
	ctx.strokeStyle = colors.muted;
	ctx.strokeRect(box.left, box.top, width, box.bottom - box.top);
	ctx.lineWidth = 3;
	ctx.strokeStyle = colors.accent;
	ctx.strokeRect(edge[0], box.top, edge[1] - edge[0], box.bottom - box.top);
	const y = box.bottom + 14;
	write(ctx, fill(text.win, counts), box.left, y, colors.second);
	write(ctx, fill(text.tie, counts), box.left + width / 2, y, colors.muted, "center");
	write(ctx, fill(text.loss, counts), box.right, y, colors.ink, "right");
}

/** The chance and its band in words. @param {ReturnType<typeof tally>} counts */
function chances({ chance, band }) {
	return { chance: `${Math.round(100 * chance)}`, band: `${Math.round(100 * band)}` };
}

/**
 * What the view shows, in words.
 * @param {Data} data
 * @param {Draw} shown
 * @param {number} number of this draw, from 1
 * @param {ReturnType<typeof tally>} counts
 * @param {Record<string, string>} text
 */
export function summary(data, shown, number, counts, text) {
	const { grid, random, outcome } = shown;
	return fill(text.summary, {
		number,
		draws: DRAWS,
		count: grid.points.length,
		name: data.names[0],
		gridTried: different(grid.points, 0),
		randomTried: different(random.points, 0),
		gridBest: grid.score.toFixed(3),
		randomBest: random.score.toFixed(3),
		outcome: text[`${outcome}Words`],
		...counts,
		...chances(counts),
		gridMean: counts.grid.toFixed(3),
		randomMean: counts.random.toFixed(3),
	});
}
