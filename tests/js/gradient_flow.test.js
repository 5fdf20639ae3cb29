import assert from "node:assert/strict";
import { test } from "node:test";
import {
	draw,
	layout,
	nearestValue,
	powerOfTen,
	scales,
	summary,
	theory,
	verdict,
} from "../../utils/widgets/gradient_flow/draw.js";
import { COLORS, fakeContext } from "./fake.js";

const TEXT = {
	chartTitle: "norm",
	timeTitle: "t",
	theory: "theory",
	tanh: "tanh RNN",
	lstm: "LSTM",
	summary: "{value} {steps}: {cells}",
	cell: "{name} {power} {verdict}.",
	vanished: "vanished",
	exploded: "exploded",
	alive: "alive",
	nothing: "none",
};

function flows() {
	const rows = [-12, 0, 6].map((power) => [power, power / 2, 0]);
	const flat = rows.map(() => [-1, -0.5, 0]);
	const mid = [rows, flat];
	return { values: [0.5, 1, 1.5], steps: 3, cells: ["tanh", "lstm"], mid, low: mid, high: mid };
}

test("the theory is the singular value once a step, and 1 at the last step", () => {
	const powers = [2, 1, 0].map((steps) => steps * Math.log10(0.5));
	assert.deepEqual(theory(flows(), 0), powers);
	assert.deepEqual(theory(flows(), 1), [0, 0, 0]);
});

test("the words name how far each shown cell got, and only these", () => {
	assert.equal(
		summary(flows(), 0, [true, true], TEXT),
		"0.50 2: tanh RNN 10⁻¹² vanished. LSTM 10⁻¹ alive.",
	);
	assert.equal(summary(flows(), 2, [true, false], TEXT), "1.50 2: tanh RNN 10⁶ exploded.");
	assert.equal(summary(flows(), 1, [false, false], TEXT), "none");
});

test("powers of ten are written with raised exponents", () => {
	assert.deepEqual([-15.2, -0.2, 8].map(powerOfTen), ["10⁻¹⁵", "10⁰", "10⁸"]);
});

test("small and large gradients are called what they are", () => {
	assert.deepEqual([-9, 0, 5].map(verdict), ["vanished", "alive", "exploded"]);
});

test("dragging to the beginning of a theory line chooses its value", () => {
	const data = flows();
	const box = layout(800);
	for (const s of [0, 1, 2]) {
		const y = scales(data, box).y(theory(data, s)[0]);
		assert.equal(nearestValue(data, box, y), s);
	}
});

test("a hidden cell is neither drawn nor named", () => {
	const names = (/** @type {boolean[]} */ shown) => {
		const ctx = fakeContext();
		draw(ctx, flows(), 0, shown, layout(800), TEXT, COLORS);
		return JSON.stringify(ctx.texts);
	};
	assert.match(names([true, true]), /LSTM/);
	assert.doesNotMatch(names([true, false]), /LSTM/);
});
