import assert from "node:assert/strict";
import { test } from "node:test";
import {
	bitmap,
	cellWords,
	charAt,
	drawText,
	ends,
	glyph,
	paginate,
	ROW,
	ROWS,
	ramp,
	rowOf,
	signed,
	summary,
} from "../../utils/widgets/hidden_units/draw.js";
import {
	auc,
	histogram,
	peaks,
	placesIn,
	placesOf,
	strength,
} from "../../utils/widgets/hidden_units/rank.js";
import { COLORS, fakeContext } from "./fake.js";

const STRANGE = 'if a:\n\tb = "</script>"\n\né🎉한\u0301\u0000\u202e�x';

/** Random levels with many ties, always the same ones. */
function levelsOf(length, levels = 255) {
	let seed = 1;
	return Uint8Array.from({ length }, () => {
		seed = (seed * 48271) % 2147483647;
		return seed % levels;
	});
}

/** The AUC by its definition: pairs in which the inside is larger, ties for half. */
function byPairs(row, places) {
	const inside = new Set(places);
	let [wins, pairs] = [0, 0];
	for (const place of inside)
		row.forEach((other, i) => {
			if (inside.has(i)) return;
			pairs += 1;
			wins += row[place] > other ? 1 : row[place] === other ? 0.5 : 0;
		});
	return wins / pairs;
}

test("the AUC equals its definition over all pairs, with and without ties", () => {
	for (const levels of [2, 9, 255]) {
		const row = levelsOf(300, levels);
		const places = placesIn([
			[10, 40],
			[35, 20],
			[200, 260],
		]);
		assert.equal(places.length, 92);
		assert.ok(Math.abs(auc(row, histogram(row), places) - byPairs(row, places)) < 1e-12);
	}
});

test("a unit that is larger, smaller or the same inside scores 1, 0 and a half", () => {
	const places = [2, 3];
	const score = (values) => auc(Uint8Array.from(values), histogram(values), places);
	assert.equal(score([0, 9, 100, 254]), 1);
	assert.equal(score([200, 150, 3, 3]), 0);
	assert.equal(score([7, 7, 7, 7]), 0.5);
	assert.deepEqual([strength(0.1), strength(0.9), strength(Number.NaN)], [0.9, 0.9, 0]);
});

test("nothing or everything inside has no AUC", () => {
	const row = levelsOf(5);
	assert.ok(Number.isNaN(auc(row, histogram(row), [])));
	assert.ok(Number.isNaN(auc(row, histogram(row), [0, 1, 2, 3, 4])));
});

test("runs and spans give each place once", () => {
	assert.deepEqual(placesOf([2, 3, 1, 1]), [2, 3, 4, 6]);
	assert.deepEqual(placesOf([0, 2, 3]), [0, 1]);
	assert.deepEqual(placesOf([4]), []);
	assert.deepEqual(
		placesIn([
			[3, 1],
			[2, 4],
		]),
		[1, 2, 3, 4],
	);
});

test("values farthest from 0 are found on both sides, and apart", () => {
	const row = new Uint8Array(100).fill(127);
	[row[10], row[12], row[50], row[99]] = [0, 5, 250, 200];
	assert.deepEqual(peaks(row, 3, 5), [10, 50, 99]);
	assert.deepEqual(peaks(row.subarray(0, 2), 6, 30), [0]);
});

test("every character has a place, however long the line", () => {
	const chars = Array.from(`${"x".repeat(95)}\n${STRANGE}\n`);
	for (const columns of [8, 30, 95]) {
		const page = paginate(chars, columns);
		assert.equal(page.starts[0], 0);
		assert.equal(page.starts.at(-1), chars.length);
		chars.forEach((_, i) => {
			const row = rowOf(page, i);
			assert.ok(page.starts[row] <= i && i < page.starts[row + 1]);
			assert.ok(page.starts[row + 1] - page.starts[row] <= columns + 1);
			assert.equal(charAt(page, row, i - page.starts[row]), i);
			assert.ok(i === page.starts[row] || chars[i - 1] !== "\n", "a line ends within a row");
		});
		assert.equal(charAt(page, 1e6, 1e6), chars.length - 1);
		assert.equal(charAt(page, -5, -5), 0);
	}
});

test("one unbroken line wraps to full rows", () => {
	const page = paginate(Array.from("y".repeat(100_000)), 80);
	assert.equal(page.starts.length, 100_000 / 80 + 1);
});

test("what has no form of its own is shown as the unknown symbol, the rest as itself", () => {
	const shown = Array.from(STRANGE, glyph).join("");
	assert.equal(shown, 'if a:↵→b = "</script>"↵↵é🎉한����x');
});

test("+1 is blue, 0 the ground, -1 red, in both schemes, and the levels between lie between", () => {
	for (const dark of [false, true]) {
		const pixels = ramp(ends(dark));
		const [red, blue] = [(p) => p & 255, (p) => (p >> 16) & 255];
		assert.ok(blue(pixels[254]) > red(pixels[254]) + 80);
		assert.ok(red(pixels[0]) > blue(pixels[0]) + 80);
		const [r, g, b] = ends(dark)[1];
		assert.equal(pixels[127], ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0);
		for (let level = 128; level < 255; level++) {
			const [from, to] = [red(pixels[level - 1]), red(pixels[level])];
			assert.ok(dark ? to >= from : to <= from);
		}
	}
});

/** Relative luminance contrast of two colours (WCAG 2). */
function contrast(one, other) {
	const light = (rgb) => {
		const [r, g, b] = rgb.map((v) =>
			v <= 10 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4,
		);
		return 0.2126 * r + 0.7152 * g + 0.0722 * b;
	};
	const [a, b] = [light(one), light(other)].sort((x, y) => y - x);
	return (a + 0.05) / (b + 0.05);
}

test("letters are read on every ground", () => {
	const inks = [
		[27, 31, 36],
		[230, 237, 243],
	];
	for (const dark of [false, true])
		for (const end of ends(dark)) assert.ok(contrast(end, inks[Number(dark)]) >= 4.5);
});

/** What `drawText` draws, cells and letters: boxes with their colours, words with their places. */
function drawn(text, values, more = {}) {
	const ctx = fakeContext();
	const [boxes, images, frames] = [[], [], []];
	const base = {
		fillRect: (...box) => boxes.push([ctx.fillStyle, ...box]),
		drawImage: (_, ...box) => images.push(box),
		strokeRect: (...box) => frames.push(box),
	};
	Object.assign(ctx, base);
	const chars = Array.from(text);
	const page = paginate(chars, 20);
	const shown = {
		row: Uint8Array.from(values),
		marks: new Uint8Array(chars.length),
		cell: 9,
		at: 0,
		first: 0,
		offset: 0,
		...more,
	};
	drawText(ctx, page, shown, COLORS, {});
	drawText(ctx, page, shown, COLORS);
	return { boxes: boxes.filter((box) => box[4] > 0), images, frames, texts: ctx.texts };
}

test("a second cue tells the sign: the bar stands at the foot above 0, at the head below", () => {
	const { boxes } = drawn("abc", [254, 127, 0]);
	assert.deepEqual(boxes, [
		["ink", 0, 18, 9, 2],
		["ink", 18, 0, 9, 2],
	]);
});

test("what is searched for has a line under it, and the cursor a frame", () => {
	const marks = Uint8Array.from([0, 1, 0]);
	const { boxes, frames } = drawn("abc", [127, 127, 127], { marks, at: 2 });
	assert.deepEqual(boxes, [["second", 9, 20, 9, 3]]);
	assert.deepEqual(frames, [[18, 0, 9, 20]]);
});

test("only rows that are seen are drawn", () => {
	const text = "row\n".repeat(5000);
	const { texts, images } = drawn(text, levelsOf(20_000), { first: 2000, offset: 10 });
	assert.equal(images.length, ROWS + 1);
	assert.ok(texts.every(({ y }) => y > -ROW && y < (ROWS + 1) * ROW));
	assert.deepEqual(drawn("a", [0], { first: 0 }).images.length, 1);
});

test("the ground has the colour of each character's value", () => {
	globalThis.ImageData ??= class {
		constructor(data, width) {
			Object.assign(this, { data, width, height: data.length / 4 / width });
		}
	};
	const page = paginate(Array.from("ab\nc"), 8);
	const image = bitmap(page, Uint8Array.from([0, 127, 254, 60]), 0, ramp(ends(false)));
	assert.deepEqual([image.width, image.height], [9, ROWS + 1]);
	const at = (row, column) => [
		...image.data.slice(4 * (9 * row + column), 4 * (9 * row + column) + 4),
	];
	assert.deepEqual(at(0, 0), [...ends(false)[0], 255]);
	assert.deepEqual(at(0, 1), [255, 255, 255, 255]);
	assert.deepEqual(at(0, 2), [...ends(false)[2], 255]);
	assert.equal(at(0, 3)[3], 0, "past the end of a line there is nothing");
	assert.equal(at(1, 0)[3], 255);
});

const TEXT = {
	cell: "{name}, line {line}, column {column}: {value}",
	char: "“{char}”",
	"\n": "end of line",
	"�": "unknown",
	summaryUnit: "unit {unit} {low} {high}.",
	summaryGiven: "chosen {name} {given}.",
	summaryHere: "here {name} {here} {side}.",
	summaryAbsent: "no {name}.",
	summaryBrush: "{count} brushed {here} {side}.",
	summaryNoBrush: "brush.",
	summaryAt: "at {cell}.",
	larger: "larger",
	smaller: "smaller",
};

test("values are told with sign, line and column", () => {
	const chars = Array.from("a🎉\nbc�");
	const row = Uint8Array.from([254, 0, 127, 190, 64, 127]);
	const words = chars.map((_, i) => cellWords(chars, row, i, TEXT));
	assert.deepEqual(words, [
		"“a”, line 1, column 1: +1.00",
		"“🎉”, line 1, column 2: −1.00",
		"end of line, line 1, column 3: 0.00",
		"“b”, line 2, column 1: +0.50",
		"“c”, line 2, column 2: −0.50",
		"unknown, line 2, column 3: 0.00",
	]);
	assert.equal(signed(128), "+0.01");
});

test("words say what is shown for each way to search", () => {
	const total = histogram([10, 127, 254]);
	const base = { unit: 7, total, name: "string", brush: false, count: 2, cell: "CELL" };
	const say = (more) => summary({ ...base, given: undefined, ...more }, TEXT);
	const begin = "unit 7 −0.92 +1.00.";
	assert.equal(
		say({ given: 0.02, here: 0.1 }),
		`${begin} chosen string 0.980. here string 0.900 smaller. at CELL.`,
	);
	assert.equal(say({ here: Number.NaN }), `${begin} no string. at CELL.`);
	assert.equal(say({ brush: true, here: 0.75 }), `${begin} 2 brushed 0.750 larger. at CELL.`);
	assert.equal(say({ brush: true, here: Number.NaN }), `${begin} brush. at CELL.`);
});
