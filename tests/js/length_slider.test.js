import assert from "node:assert/strict";
import { test } from "node:test";
import {
	binAt,
	draw,
	layout,
	mistakes,
	scales,
	summary,
	wrongWords,
} from "../../utils/widgets/length_slider/draw.js";
import { assertReadable, COLORS, fakeContext } from "./fake.js";

const TEXT = {
	title: "right in every word (band: all seeds)",
	axis: "words in the source",
	score: "{bin}: {all}.",
	part: "{share} {name}",
	join: ", ",
	exact: "{name} right.",
	fails: "{name} {wrong} of {count}.",
};
const BINS = ["1–3", "4–6", "7–9", "10–12", "13–15", "16–18", "19–21", "22–24", "25–27", "28–30"];

function measured(curves) {
	const names = ["without attention", "with attention", "a third one"].slice(0, curves);
	const falling = (k) => BINS.map((_, i) => 1 - (0.05 * i) / (k + 1));
	const example = {
		source: ["two", "hundred"],
		target: ["deux", "cents"],
		answers: [["deux", "mille"], ["deux", "cents"], []].slice(0, curves),
	};
	return {
		names,
		bins: BINS,
		mean: names.map((_, k) => falling(k)),
		low: names.map((_, k) => falling(k).map((share) => share - 0.02)),
		high: names.map((_, k) => falling(k)),
		examples: BINS.map(() => [example]),
	};
}

test("no word leaves the view and no two words overlap, at every width", () => {
	for (let width = 360; width <= 1200; width += 40) {
		for (const curves of [1, 2, 3]) {
			const ctx = fakeContext();
			const { chart, height } = layout(width);
			draw(ctx, measured(curves), 4, chart, TEXT, COLORS);
			assertReadable(ctx.texts, width, { bottom: height });
		}
	}
});

test("a place on the chart leads to its length, and never beyond the ends", () => {
	const data = measured(1);
	const { chart } = layout(900);
	const { x } = scales(data, chart);
	BINS.forEach((_, bin) => {
		assert.equal(binAt(data, chart, x(bin) + 3), bin);
	});
	assert.equal(binAt(data, chart, -500), 0);
	assert.equal(binAt(data, chart, 5000), BINS.length - 1);
});

test("a wrong word, a missing word and a word too many are mistakes", () => {
	const target = ["deux", "cents"];
	assert.deepEqual(wrongWords(["deux", "mille"], target), [false, true]);
	assert.equal(mistakes(["deux", "mille"], target), 1);
	assert.equal(mistakes(["deux"], target), 1);
	assert.equal(mistakes(["deux", "cents", "un"], target), 1);
	assert.equal(mistakes([], target), 2);
	assert.equal(mistakes(target, target), 0);
});

test("the words say the share of each curve and what is wrong with the sentence", () => {
	assert.equal(
		summary(measured(2), 2, 0, TEXT),
		"7–9: 90.0\u00a0% without attention, 95.0\u00a0% with attention. " +
			"without attention 1 of 2. with attention right.",
	);
	assert.match(summary(measured(3), 0, 0, TEXT), /a third one 2 of 2\.$/);
});
