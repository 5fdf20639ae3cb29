import assert from "node:assert/strict";
import { test } from "node:test";
import {
	draw,
	layout,
	peak,
	summary,
	table,
	under,
	visible,
} from "../../utils/widgets/attention_map/draw.js";
import { escapeXml, svgContext } from "../../utils/widgets/attention_map/svg.js";
import { boxesOf, COLORS, fakeContext } from "./fake.js";

const TEXT = {
	source: "source",
	target: "output",
	legend: "legend",
	legendTruth: "legend with truth",
	nothing: "nothing of {count}",
	output: "{place}/{count} {token}:",
	most: "most {look}.",
	look: "{token}@{place}={share}",
	here: "here {look}.",
	quoted: "<{token}>",
	right: "right {names}",
	wrong: "wrong {names}",
	noSource: "none",
	input: "in {place} {token} {share} by {by} sum {sum}",
	unread: "unread {place} {token}",
	score: "{right} of {known}",
};
const NONE = { row: -1, column: -1 };
const measure = (words) => 7.5 * Array.from(words).length;

/** Output t looks at source S - 1 - t; the truth says so too, but for the last output. */
function turned(source = ["March", "3", "2021"], target = ["2021", "3", "mars"]) {
	const weights = target.map((_, t) =>
		source.map((_, s) => (s === source.length - 1 - t ? 0.8 : 0.2 / (source.length - 1))),
	);
	const truth = target.map((_, t) => [source.length - 1 - t]);
	truth[target.length - 1] = [];
	return { name: "", source, target, weights, truth };
}

test("words name the peak, the true source and the score so far", () => {
	const example = turned();
	assert.equal(peak(example.weights[0]), 2);
	assert.equal(
		summary(example, 2, { row: 1, column: -1 }, TEXT),
		"2/3 3: most 3@2=0.80. right <3> 2 of 2",
	);
	assert.equal(
		summary(example, 1, { row: 0, column: 1 }, TEXT),
		"1/3 2021: most 2021@3=0.80. here 3@2=0.10. right <2021> 1 of 1",
	);
	assert.equal(
		summary(example, 3, { row: 2, column: -1 }, TEXT),
		"3/3 mars: most March@1=0.80. none 2 of 2",
	);
	assert.equal(summary(example, 0, NONE, TEXT), "nothing of 3");
	example.truth[0] = [0];
	assert.match(summary(example, 3, { row: 0, column: -1 }, TEXT), /wrong <March> 1 of 2$/);
	example.truth = null;
	assert.equal(summary(example, 1, { row: 0, column: -1 }, TEXT), "1/3 2021: most 2021@3=0.80.");
});

test("a source token is told by who looks at it, of what is decoded", () => {
	const focus = { row: -1, column: 0 };
	assert.equal(summary(turned(), 3, focus, TEXT), "in 1 March 0.80 by mars sum 1.00 2 of 2");
	assert.equal(summary(turned(), 2, focus, TEXT), "in 1 March 0.10 by 2021 sum 0.20 2 of 2");
	assert.equal(summary(turned(), 0, focus, TEXT), "unread 1 March");
});

test("what cannot be seen is shown, and long tokens are cut", () => {
	assert.equal(visible(" "), "␣");
	assert.equal(visible("a\n"), "a↵");
	assert.equal(visible("🎉".repeat(20)), `${"🎉".repeat(13)}…`);
});

for (const width of [1000, 680]) {
	test(`at ${width} pixels every word stands apart, inside the picture`, () => {
		const example = turned(["Wednesday", "March", "31", "2021"], ["mercredi", "31", "mars"]);
		const at = layout(width, example, measure);
		const ctx = fakeContext();
		draw(ctx, example, 3, { row: 1, column: -1 }, at, TEXT, COLORS);
		// The words over the columns are turned; they stand at the origin of their own.
		const boxes = boxesOf(ctx.texts.filter(({ x, y }) => x || y));
		for (const [i, a] of boxes.entries()) {
			assert.ok(a.left >= 0 && a.right <= width + 1 && a.bottom <= at.height, a.words);
			for (const b of boxes.slice(i + 1)) {
				const apart =
					a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;
				assert.ok(apart, `${a.words} lies on ${b.words}`);
			}
		}
		assert.ok(at.matrixLeft + at.s * at.cell <= width);
	});
}

for (const width of [1000, 680]) {
	test(`the pointer finds cells, outputs and sources at ${width} pixels`, () => {
		const at = layout(width, turned(), measure);
		const cell = [at.matrixLeft + 1.5 * at.cell, at.rowY(2.5)];
		assert.deepEqual(under(at, 3, ...cell), { row: 2, column: 1 });
		assert.equal(under(at, 2, ...cell), undefined, "a row that is not decoded yet");
		assert.deepEqual(under(at, 3, at.arcsRight - 5, at.rowY(1.5)), { row: 1, column: -1 });
		assert.deepEqual(under(at, 0, 5, at.sourceY(2)), { row: -1, column: 2 });
		assert.equal(under(at, 3, at.sourceRight + 60, 2), undefined);
	});
}

test("the heading over tokens of one letter is not cut", () => {
	const example = turned(["a", "b", "c"], ["x", "y", "z"]);
	const ctx = fakeContext();
	draw(ctx, example, 3, NONE, layout(680, example, measure), TEXT, COLORS);
	for (const box of boxesOf(ctx.texts.filter(({ x, y }) => x || y))) {
		assert.ok(box.left >= 0, box.words);
	}
});

test("64 tokens a side still fit, at the smallest row", () => {
	const many = Array.from({ length: 64 }, (_, i) => `word${i}`);
	const at = layout(1000, turned(many, many), measure);
	assert.ok(at.matrixLeft + 64 * at.cell <= 1000);
	assert.equal(at.row, 16);
	assert.deepEqual(under(at, 64, at.matrixLeft + 63.5 * at.cell, at.rowY(0.5)), {
		row: 0,
		column: 63,
	});
});

test("only what is decoded is drawn, and the true cells are outlined", () => {
	const boxes = (step) => {
		const ctx = fakeContext();
		const drawn = [];
		const spy = new Proxy(ctx, {
			get: (target, name) =>
				name === "strokeRect"
					? (...place) => target.strokeStyle === COLORS.second && drawn.push(place)
					: target[name],
		});
		const example = turned();
		draw(spy, example, step, NONE, layout(900, example, measure), TEXT, COLORS);
		return drawn.length;
	};
	assert.deepEqual([0, 1, 2, 3].map(boxes), [0, 1, 2, 2]);
});

test("the numbers go to a spreadsheet: tabs, a line an output, no tab inside a token", () => {
	const example = turned(["a\tb", "c"], ["x\ny"]);
	example.weights = [[0.25, 0.75]];
	assert.equal(table(example), "\ta b\tc\nx y\t0.250\t0.750");
});

test("the SVG holds every word as text, never as markup", () => {
	const evil = ["</script><b>", '"&\u0007', "ok"];
	const example = turned(evil, evil);
	const at = layout(900, example, measure);
	const ctx = svgContext(900, at.height, measure);
	draw(ctx, example, 3, { row: 0, column: -1 }, at, TEXT, COLORS);
	const file = ctx.file("<title>");
	assert.ok(file.startsWith("<svg xmlns="));
	assert.ok(!file.includes("<b>") && !file.includes("script>") && !file.includes("\u0007"));
	assert.ok(file.includes(escapeXml("</script><b>")));
	assert.ok(!/NaN|undefined/.test(file));
	const tags = [...file.matchAll(/<(\/?)(\w+)[^>]*>/g)];
	const open = tags.filter(([, slash]) => !slash).length;
	assert.equal(open * 2, tags.length, "every element is closed");
	assert.equal(file.match(/stroke="second"/g).length, 2);
});
