/**
 * Everything EnsembleMembers draws, as functions of its data and a canvas context.
 * @typedef {import("../kit/axis.js").Box} Box
 * @typedef {import("../kit/theme.js").Palette} Palette
 * @typedef {object} Data made by widget.py; N digits, M members; `m` members stand at m - 1
 * @property {Float32Array[]} probabilities row digit * M + member, one column a class
 * @property {Float32Array[]} images pixels from 0 (ground) to 1 (ink)
 * @property {number[]} labels
 * @property {number[][]} answers (N, M) class that the average of the first m members says
 * @property {number[][]} confidence (N, M) its averaged probability
 * @property {number[][]} right (N, M) how many of the first m members are right on their own
 * @property {Record<"mean"|"low"|"high", number[]>} accuracy (M,)
 */
import { curve, dot, drawAxes, halo, line, linearScale, niceTicks } from "../kit/axis.js";
import { fill, percent } from "../kit/text.js";

const TOP = 28;

/**
 * Where the digit, its bars and the accuracy stand in a view of this width.
 * @param {number} width
 * @returns {{ height: number, picture: Box, bars: Box, accuracy: Box }}
 */
export function layout(width) {
	const wide = width >= 760;
	const height = wide ? 304 : 256;
	const side = wide ? 126 : 76;
	const middle = Math.round(width * 0.56) + 10;
	return {
		height,
		picture: { left: 0, top: TOP, right: side, bottom: TOP + side },
		bars: { left: side + 32, top: TOP, right: middle - 66, bottom: height - 28 },
		accuracy: { left: middle + 62, top: TOP, right: width - 12, bottom: height - 46 },
	};
}

/**
 * Averaged probabilities of the first `members` members: one a class.
 * @param {Data} data @param {number} members @param {number} digit
 */
export function average(data, members, digit) {
	const rows = said(data, members, digit);
	return Array.from(rows[0], (_, c) => rows.reduce((sum, row) => sum + row[c], 0) / members);
}

/** @param {Data} data @param {number} members @param {number} digit */
function said(data, members, digit) {
	const first = digit * data.accuracy.mean.length;
	return data.probabilities.slice(first, first + members);
}

/** @param {Data} data @param {ReturnType<typeof layout>} boxes */
export function scales(data, boxes) {
	const { bars, accuracy } = boxes;
	const { mean, low, high } = data.accuracy;
	const ends = [Math.min(...low, ...mean), Math.max(...high, ...mean)];
	const room = Math.max(0.004, (ends[1] - ends[0]) / 12);
	return {
		probability: linearScale(0, 1, bars.left, bars.right),
		row: linearScale(-0.5, data.probabilities[0].length - 0.5, bars.top, bars.bottom),
		members: linearScale(0.5, mean.length + 0.5, accuracy.left, accuracy.right),
		range: [ends[0] - room, ends[1] + room],
		accuracy: linearScale(ends[0] - room, ends[1] + room, accuracy.bottom, accuracy.top),
	};
}

/** The number of members at a place of the accuracy panel. @param {Data} data @param {number} value */
export function nearestCount(data, value) {
	return Math.min(data.accuracy.mean.length, Math.max(1, Math.round(value)));
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {Data} data
 * @param {number} members
 * @param {number} digit
 * @param {ReturnType<typeof layout>} boxes
 * @param {Record<string, string>} text
 * @param {Palette} colors
 */
export function draw(ctx, data, members, digit, boxes, text, colors) {
	const at = scales(data, boxes);
	drawPicture(ctx, data, digit, boxes.picture, text, colors);
	drawBars(ctx, data, members, digit, boxes.bars, at, text, colors);
	drawAccuracy(ctx, data, members, boxes.accuracy, at, text, colors);
}

/** The digit in ink, its true class, and what the marks beside it mean. @param {any} ctx @param {Data} data @param {number} digit @param {Box} box @param {any} text @param {Palette} colors */
function drawPicture(ctx, data, digit, box, text, colors) {
	const pixels = data.images[digit];
	const count = Math.round(Math.sqrt(pixels.length));
	const side = box.right - box.left;
	const cell = side > count ? Math.floor(side / count) : side / count;
	ctx.fillStyle = colors.soft;
	ctx.fillRect(box.left, box.top, cell * count, cell * count);
	ctx.fillStyle = colors.ink;
	pixels.forEach((value, i) => {
		ctx.globalAlpha = value;
		const x = box.left + cell * (i % count);
		ctx.fillRect(x, box.top + cell * Math.floor(i / count), cell, cell);
	});
	ctx.globalAlpha = 1;
	const words = fill(text.truth, { truth: data.labels[digit] });
	halo(ctx, words, box.left, box.bottom + 18, colors.ink, colors.ground);
	const y = box.bottom + 52;
	ctx.fillStyle = colors.accent;
	ctx.fillRect(box.left, y - 6, 12, 12);
	halo(ctx, text.average, box.left + 18, y, colors.ink, colors.ground);
	dot(ctx, box.left + 6, y + 22, 3.5, colors.second);
	halo(ctx, text.one, box.left + 18, y + 22, colors.ink, colors.ground);
}

/** @param {any} ctx @param {Data} data @param {number} members @param {number} digit @param {Box} box @param {any} at @param {any} text @param {Palette} colors */
function drawBars(ctx, data, members, digit, box, at, text, colors) {
	const truth = data.labels[digit];
	const answer = data.answers[digit][members - 1];
	drawAxes(ctx, box, {
		x: at.probability,
		y: at.row,
		xTicks: [0, 0.5, 1],
		xLabel: whole,
		yTicks: [],
		title: text.barsTitle,
		colors,
	});
	ctx.textAlign = "center";
	ctx.textBaseline = "top";
	ctx.fillStyle = colors.muted;
	for (const tick of [0, 0.5, 1]) ctx.fillText(whole(tick), at.probability(tick), box.bottom + 9);
	const half = Math.min(9, (box.bottom - box.top) / data.probabilities[0].length / 2 - 2);
	average(data, members, digit).forEach((value, c) => {
		const y = at.row(c);
		ctx.fillStyle = c === answer ? colors.accent : colors.faint;
		ctx.fillRect(box.left, y - half, at.probability(value) - box.left, 2 * half);
		ctx.strokeStyle = c === answer ? colors.accent : colors.muted;
		ctx.lineWidth = 1;
		ctx.strokeRect(box.left, y - half, at.probability(value) - box.left, 2 * half);
		halo(ctx, String(c), box.left - 16, y + 0.5, colors.ink, colors.ground, "center");
		const words = c === answer ? (c === truth ? "right" : "answer") : c === truth ? "true" : "";
		if (words) halo(ctx, text[words], box.right + 9, y, colors.ink, colors.ground);
	});
	for (const row of said(data, members, digit)) {
		row.forEach((value, c) => {
			dot(ctx, at.probability(value), at.row(c), 4.5, colors.ground);
			dot(ctx, at.probability(value), at.row(c), 3.5, colors.second);
		});
	}
	ctx.strokeStyle = colors.ink;
	ctx.lineWidth = 2;
	ctx.beginPath();
	ctx.arc(box.left - 16, at.row(truth), 9, 0, 2 * Math.PI);
	ctx.stroke();
}

/** Mean line and band against the number of members. @param {any} ctx @param {Data} data @param {number} members @param {Box} box @param {any} at @param {any} text @param {Palette} colors */
function drawAccuracy(ctx, data, members, box, at, text, colors) {
	const { mean, low, high } = data.accuracy;
	const sizes = mean.map((_, i) => i + 1);
	const ticks = niceTicks(0, mean.length, 4);
	drawAxes(ctx, box, {
		x: at.members,
		y: at.accuracy,
		xTicks: [1, ...ticks.filter((tick) => tick > 1 && Number.isInteger(tick))],
		yTicks: niceTicks(at.range[0], at.range[1], 5),
		yLabel: (share) => `${Number((100 * share).toFixed(1))} %`,
		xTitle: text.membersTitle,
		title: text.accuracyTitle,
		colors,
	});
	ctx.fillStyle = colors.faint;
	ctx.beginPath();
	sizes.forEach((size, i) => {
		ctx.lineTo(at.members(size), at.accuracy(high[i]));
	});
	for (const size of sizes.toReversed()) ctx.lineTo(at.members(size), at.accuracy(low[size - 1]));
	ctx.fill();
	curve(ctx, sizes, mean, at.members, at.accuracy, colors.accent, 2.5);
	const [x, y] = [at.members(members), at.accuracy(mean[members - 1])];
	ctx.lineWidth = 2;
	line(ctx, x, box.top, x, box.bottom, colors.accent);
	dot(ctx, x, y, 9, colors.ground);
	dot(ctx, x, y, 6.5, colors.accent);
	halo(ctx, text.band, box.right - 6, box.bottom - 14, colors.muted, colors.ground, "right");
}

/** @param {number} share */
function whole(share) {
	return `${Math.round(100 * share)}\u00a0%`;
}

/**
 * What the view shows, in words.
 * @param {Data} data
 * @param {number} members
 * @param {number} digit
 * @param {Record<string, string>} text
 */
export function summary(data, members, digit, text) {
	const { mean } = data.accuracy;
	const right = data.right[digit][members - 1];
	const values = {
		digit: digit + 1,
		members,
		answer: data.answers[digit][members - 1],
		share: whole(data.confidence[digit][members - 1]),
		truth: data.labels[digit],
		right,
		accuracy: percent(mean[members - 1]),
		first: percent(mean[0]),
	};
	const several = ["together", right === 1 ? "oneRight" : "manyRight", "overall"];
	const parts = members === 1 ? ["alone", "everyOne"] : several;
	return parts.map((part) => fill(text[part], values)).join(" ");
}
