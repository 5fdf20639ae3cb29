import assert from "node:assert/strict";
import { test } from "node:test";
import { barColor, signed, signedColor, subscript, term } from "../../utils/widgets/kit/signed.js";
import {
	draw,
	grid,
	layout,
	numbers,
	parts,
	stateAt,
	stepAt,
	summary,
	unitAt,
} from "../../utils/widgets/unrolled_rnn/draw.js";
import { assertReadable, COLORS, fakeContext } from "./fake.js";

const TEXT = {
	answers: "probability after each time step",
	legend: "state: blue +, filled from below; red −, filled from the top",
	true: "true: {name}",
	frames: "one frame a step",
	shared: "the same W in every cell",
	wx: "Wx",
	wh: "Wh",
	startNumbers: "{unit} start {h}",
	numbers: "{unit} h{t} x{t} h{before} {input} + {state} + {bias} = {sum} -> {h}",
	nothing: "zero",
	nothingLearned: "learned",
	saysFirst: "1 {steps} {answer} {share}",
	says: "{step} {steps} {answer} {share}",
	right: "right",
	wrong: "wrong {truth}",
	since: "since {since} before {before}",
	always: "always",
};
const PAINT = { color: () => [0, 0, 0], bar: () => "", weights: { wx: {}, wh: {} }, sheet: {} };

/** Two clips whose answers are 0, 1, 1, … and 1, 1, 1, …; the truth is 1. */
function chain(steps = 4, units = 3, classes = 2) {
	const rows = (value) =>
		Array.from({ length: steps }, (_, t) => Array.from({ length: units }, (_, j) => value(t, j)));
	const said = (first) =>
		Array.from({ length: steps }, (_, t) => {
			const best = t ? 1 : first;
			const rest = 0.4 / (classes - 1);
			return Array.from({ length: classes }, (_, c) => (c === best ? 0.6 : rest));
		});
	return {
		names: ["left", "right", "up", "down", "north-east", "still"].slice(0, classes),
		truth: [1, 1],
		start: [new Array(units).fill(0), new Array(units).fill(0.25)],
		fromInput: [rows((t, j) => 0.1 * t - 0.3 * j), rows(() => 1)],
		fromState: [rows((t) => -0.2 * t), rows(() => -2)],
		bias: Array.from({ length: units }, () => 0.05),
		probabilities: [said(0), said(1)],
		tile: [24, 24],
	};
}

test("a unit's value is the tanh of its three parts, and h_0 is the start", () => {
	const found = parts(chain(), 0, 3, 2);
	assert.ok(Math.abs(found.sum - (0.2 - 0.6 - 0.4 + 0.05)) < 1e-12);
	assert.equal(found.h, Math.tanh(found.sum));
	assert.deepEqual(stateAt(chain(), 1, 0), [0.25, 0.25, 0.25]);
	assert.equal(stateAt(chain(), 0, 3)[2], found.h);
	const words = numbers(chain(), { clip: 0, step: 3, unit: 2 }, TEXT);
	assert.equal(words, "2 h₃ x₃ h₂ (−0.40) + (−0.40) + 0.05 = −0.75 -> −0.64");
	assert.equal(numbers(chain(), { clip: 1, step: 0, unit: 1 }, TEXT), "1 start 0.25");
});

test("words say what is known after each frame", () => {
	const say = (clip, step) => summary(chain(), { clip, step, unit: 0 }, TEXT);
	assert.equal(say(0, 0), "zero");
	assert.equal(say(1, 0), "learned");
	assert.equal(say(0, 1), "1 4 left 60.0\u00a0% wrong right");
	assert.equal(say(1, 1), "1 4 right 60.0\u00a0% right");
	assert.equal(say(0, 4), "4 4 right 60.0\u00a0% right since 2 before left");
	assert.equal(say(1, 4), "4 4 right 60.0\u00a0% right always");
});

test("every shown square and every column leads back to its unit and its time step", () => {
	for (const [steps, units] of [
		[8, 64],
		[12, 16],
		[5, 7],
		[30, 128],
	]) {
		for (const width of [420, 700, 1100]) {
			const data = chain(steps, units);
			const at = layout(width, data, Math.ceil(steps / 2));
			const { rows, side, height } = grid(units);
			for (let t = at.first; t <= at.first + at.count; t++) {
				if (t > at.first) assert.equal(stepAt(at, at.cellX(t)), t);
				for (let unit = 0; unit < units; unit++) {
					const x = at.stateX(t) + (Math.floor(unit / rows) + 0.5) * side;
					const y = at.middle - height / 2 + ((unit % rows) + 0.5) * side;
					assert.equal(unitAt(at, units, x, y), unit);
					assert.equal(stepAt(at, x), t);
				}
			}
			assert.equal(unitAt(at, units, at.stateX(at.first) - 1, at.middle), undefined);
			assert.equal(stepAt(at, -1e4), Math.max(0, at.first - 1));
			assert.equal(stepAt(at, 1e4), Math.min(steps, at.first + at.count + 1));
		}
	}
});

test("a narrow view shows the current step, and moves on only when it must", () => {
	const data = chain(20, 32);
	let first = 0;
	for (const step of [0, 1, 7, 20, 19, 15, 3, 0]) {
		const at = layout(600, data, step, first);
		assert.ok(at.count < 20 && at.first <= step && step <= at.first + at.count);
		const stays = first <= step && step <= first + at.count;
		assert.equal(at.first === first, stays, `at step ${step}`);
		first = at.first;
	}
});

test("no word leaves the view and no two words overlap, whatever is shown", () => {
	for (let width = 420; width <= 1100; width += 40) {
		for (const [steps, units, classes] of [
			[8, 64, 4],
			[3, 4, 2],
			[14, 16, 6],
		]) {
			const data = chain(steps, units, classes);
			for (const step of [0, 1, steps]) {
				const ctx = fakeContext();
				const at = layout(width, data, step);
				assert.ok(at.height <= 400, "the view is too high for a slide");
				assert.ok(at.stateX(at.first + at.count) + at.squares.width <= width);
				draw(ctx, data, { clip: 0, step, unit: 1 }, at, TEXT, COLORS, PAINT);
				assert.ok(ctx.texts.filter((one) => one.words === "W").length === at.count);
				assertReadable(ctx.texts, width, { slack: [4, 4], bottom: at.height });
			}
		}
	}
});

test("what has not been read yet shows no state, no answer", () => {
	const rectangles = (step) => {
		let count = 0;
		const ctx = new Proxy(fakeContext(), {
			get: (target, name) => (name === "fillRect" ? () => count++ : target[name]),
		});
		const data = chain();
		draw(ctx, data, { clip: 0, step, unit: 0 }, layout(900, data, step), TEXT, COLORS, PAINT);
		return count;
	};
	// A step adds two rectangles a unit (ground, bar) and two a class (whole, share).
	assert.equal(rectangles(1) - rectangles(0), 2 * 3 + 2 * 2);
	assert.equal(rectangles(4) - rectangles(0), 4 * (2 * 3 + 2 * 2));
});

test("the answers of a time step stand in its own column, beside the names of the classes", () => {
	for (const [width, steps] of [
		[420, 14],
		[1100, 24],
		[1100, 2],
	]) {
		const data = chain(steps, 16, 4);
		for (const step of [1, steps]) {
			const bars = [];
			const ctx = new Proxy(fakeContext(), {
				get: (target, name) =>
					name === "fillRect" ? (x, y, w) => bars.push({ x, y, w }) : target[name],
			});
			const at = layout(width, data, step);
			draw(ctx, data, { clip: 0, step, unit: 0 }, at, TEXT, COLORS, PAINT);
			const shown = bars.filter(({ y }) => y < at.bus);
			assert.ok(shown.length > 0);
			for (const { x, w } of shown) {
				const own = at.stateX(at.first) + at.squares.width;
				assert.ok(x >= own && x + w <= width, `a bar from ${x} to ${x + w} at width ${width}`);
				assert.equal(stepAt(at, x), stepAt(at, x + w), "a bar reaches into another time step");
			}
		}
	}
});

test("signed values: blue above 0, red below, real minus signs, no minus before a zero", () => {
	for (const dark of [false, true]) {
		const color = signedColor(dark);
		const [r, , b] = color(1);
		assert.ok(b > r && color(-1)[0] > color(-1)[2]);
		assert.deepEqual(color(3), color(1));
		assert.notDeepEqual(color(0.5), color(1));
		assert.notEqual(barColor(dark, 1), barColor(dark, -1));
	}
	assert.deepEqual(
		[signed(-0.004), signed(-1.236), term(-1.236, 1), term(2)],
		["0.00", "−1.24", "(−1.2)", "2.00"],
	);
	assert.equal(subscript(120), "₁₂₀");
});
