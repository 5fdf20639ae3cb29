import assert from "node:assert/strict";
import { test } from "node:test";
import {
	breakText,
	charAt,
	draw,
	equations,
	follow,
	glyph,
	isText,
	layout,
	level,
	nameOf,
	numbersAt,
	rowAt,
	STRIPS,
	summary,
	under,
} from "../../utils/widgets/gates/draw.js";
import { assertReadable, COLORS, fakeContext } from "./fake.js";

const TEXT = {
	characters: "part of the text",
	legend: "blue: c above 0, bar at the foot; red: c below 0, bar at the head; ↵ end; → tab",
	legendShort: "blue, foot: c above 0; red, head: below",
	f: "forget gate f",
	i: "input gate i",
	o: "output gate o",
	g: "candidate g",
	c: "tanh of cell state c",
	h: "hidden state h",
	cellSum: "c{t} c{before}: {f}*{old} + {i}*{g} = {kept} + {added} = {c}",
	hiddenSum: "h{t}: {o}*tanh({inner}) = {o}*{squashed} = {h}",
	newline: "newline",
	tab: "tab",
	space: "space",
	says: "{unit} {place}/{count} {char} keeps {kept} adds {added} {before} to {c} out {shown}",
	flips: "flips",
};
const PAINT = { color: () => [0, 0, 0], bar: () => "" };

/** Two units that obey the equations of an LSTM on `text`. */
function run(text) {
	const chars = Array.from(text);
	const rows = (value) => [0, 1].map((u) => Float32Array.from(chars, (_, t) => value(u, t)));
	const values = {
		f: rows((u, t) => (u ? 0.9 : 0.25 + 0.5 * (t % 2))),
		i: rows((_, t) => (t % 3) / 3),
		o: rows((u) => 0.75 - 0.5 * u),
		g: rows((u, t) => (u ? -0.5 : Math.cos(t))),
	};
	const start = [0, 2];
	values.c = [0, 1].map((u) => {
		let c = start[u];
		return Float32Array.from(chars, (_, t) => {
			c = values.f[u][t] * c + values.i[u][t] * values.g[u][t];
			return c;
		});
	});
	return { chars, units: [4, 17], start, values };
}
const CODE = 'def f(x):\n\tif x > 1:\n\t\treturn "</script>"\n\n'.repeat(6);
const PROSE = "All work and no play. ".repeat(18);

test("the numbers obey both equations, from the state before the first character on", () => {
	const data = run(CODE);
	for (const row of [0, 1]) {
		for (let at = 0; at < data.chars.length; at++) {
			const all = numbersAt(data, row, at);
			assert.ok(Math.abs(all.kept + all.added - all.c) < 1e-6);
			assert.ok(Math.abs(level(data, "h", row, at) - all.o * Math.tanh(all.c)) < 1e-9);
			assert.equal(all.before, at ? data.values.c[row][at - 1] : data.start[row]);
		}
	}
	assert.deepEqual(equations(data, { row: 1, at: 1 }, TEXT), [
		"c₂ c₁: 0.900*1.800 + 0.333*(−0.500) = 1.620 + (−0.167) = 1.453",
		"h₂: 0.250*tanh(1.453) = 0.250*0.896 = 0.224",
	]);
});

test("words say what is kept, added and let out, and where the sign changes", () => {
	const data = run("ab\t");
	const p = (value) => `${value}\u00a0%`;
	assert.equal(
		summary(data, { row: 1, at: 1 }, TEXT),
		`17 2/3 “b” keeps ${p(90)} adds −0.17 1.80 to 1.45 out ${p(25)}`,
	);
	data.values.c[0].set([1, -1, -1]);
	assert.match(summary(data, { row: 0, at: 1 }, TEXT), / flips$/);
	assert.match(summary(data, { row: 0, at: 2 }, TEXT), /^4 3\/3 tab (?!.*flips)/);
});

test("rows end at line ends or when they are full, and no character is lost", () => {
	for (const text of [CODE, PROSE, "\n", "a", "\n\n\nab", "x".repeat(41)]) {
		for (const columns of [8, 20, 120]) {
			const chars = Array.from(text);
			const page = breakText(chars, columns);
			assert.equal(page.starts[0], 0);
			assert.equal(page.starts.at(-1), chars.length);
			for (let r = 0; r + 1 < page.starts.length; r++) {
				const row = chars.slice(page.starts[r], page.starts[r + 1]);
				assert.ok(row.length > 0 && row.length <= columns + 1);
				assert.ok(!row.slice(0, -1).includes("\n"));
				if (row.length > columns) assert.equal(row.at(-1), "\n");
			}
			for (let at = 0; at < chars.length; at++) {
				const r = rowAt(page, at);
				assert.equal(charAt(page, r, at - page.starts[r]), at);
			}
		}
	}
});

/** Everything a view of this width knows about a text. */
function seen(text, width) {
	const data = run(text);
	const page = breakText(data.chars, Math.max(8, Math.floor(width / 9) - 1));
	return { data, page, places: layout(width, page, 9) };
}

test("each seen character leads back to itself, in the text and in the strips", () => {
	for (const text of [CODE, PROSE, "a", "\n"]) {
		for (const width of [380, 700, 1100]) {
			const { data, page, places } = seen(text, width);
			let scroll = { top: 0, first: 0 };
			for (let at = 0; at < data.chars.length; at++) {
				scroll = follow(places, page, scroll, at);
				const r = rowAt(page, at);
				const [left, y] = places.rowPlace(r - scroll.top);
				const x = left + (at - page.starts[r] + 0.5) * 9;
				assert.ok(isText(places, y + 10) && x <= width + 9);
				assert.equal(under(places, page, scroll, true, x, y + 10), at);
				const inStrip = 172 + 16 * (at - scroll.first) + 8;
				assert.ok(inStrip <= width, "a strip leaves the view");
				assert.ok(!isText(places, places.strips));
				assert.equal(under(places, page, scroll, false, inStrip, places.strips), at);
			}
		}
	}
});

test("what is seen moves only when the chosen character comes near its edge", () => {
	const { page, places } = seen(PROSE, 700);
	const middle = { top: 0, first: 100 };
	assert.deepEqual(follow(places, page, middle, 110), middle);
	assert.equal(follow(places, page, middle, 50).first, 47);
	assert.equal(follow(places, page, middle, 395).first, 396 - places.count);
	assert.equal(follow(places, page, { top: 0, first: 0 }, 0).first, 0);
});

test("short rows of a long text stand in two columns, long rows in one", () => {
	assert.equal(seen(CODE, 1100).places.panes, 2);
	assert.equal(seen(CODE, 300).places.panes, 1);
	assert.equal(seen(PROSE, 1100).places.panes, 1);
	assert.equal(seen("ab\ncd", 1100).places.panes, 1);
});

test("no word leaves the view and no two words overlap, whatever is shown", () => {
	for (let width = 380; width <= 1100; width += 40) {
		for (const text of [CODE, PROSE, "a"]) {
			const { data, page, places } = seen(text, width);
			assert.ok(places.height <= 400, "the view is too high for a slide");
			for (const at of [0, data.chars.length >> 1, data.chars.length - 1]) {
				const scroll = follow(places, page, { top: 0, first: 0 }, at);
				const ctx = fakeContext();
				draw(ctx, data, { row: 0, at }, places, page, scroll, TEXT, COLORS, PAINT);
				assertReadable(
					ctx.texts.filter((one) => one.words.trim()),
					width,
					{ slack: [2, 9], bottom: places.height },
				);
			}
		}
	}
});

test("every strip has one bar a seen character, as high as its value", () => {
	const { data, page, places } = seen("abcdefgh", 700);
	const bars = [];
	const ctx = new Proxy(fakeContext(), {
		get: (target, name) =>
			name === "fillRect" ? (_x, y, w, h) => bars.push([y, w, h]) : target[name],
	});
	draw(ctx, data, { row: 0, at: 2 }, places, page, { top: 0, first: 0 }, TEXT, COLORS, PAINT);
	STRIPS.forEach((strip, s) => {
		const top = places.strips + s * 30;
		const own = bars.filter(([y, w]) => w === 14 && y >= top && y <= top + 26);
		const full = "fio".includes(strip) ? 26 : 13;
		const heights = own.map(([, , h]) => h);
		const wanted = data.chars.map((_, at) => full * Math.abs(level(data, strip, 0, at)));
		assert.deepEqual(heights, wanted, strip);
	});
});

test("what has no form is shown by a sign, and named", () => {
	assert.deepEqual(["\n", "\t", "\u0007", "\u202e", "é", "<"].map(glyph), [
		"↵",
		"→",
		"�",
		"�",
		"é",
		"<",
	]);
	assert.deepEqual(
		["\n", "\t", " ", "<"].map((char) => nameOf(char, TEXT)),
		["newline", "tab", "space", "“<”"],
	);
});
