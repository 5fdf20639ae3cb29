import assert from "node:assert/strict";
import { test } from "node:test";
import { linearScale, niceTicks, traceCurve } from "../../utils/widgets/kit/axis.js";
import { decode, decodeRows } from "../../utils/widgets/kit/codec.js";
import { logScale, powerTicks } from "../../utils/widgets/kit/log.js";
import { localModel } from "../../utils/widgets/kit/shim.js";
import { fill, percent, short } from "../../utils/widgets/kit/text.js";
import { fakeContext } from "./fake.js";

test("a scale and its inverse undo each other", () => {
	for (const scale of [linearScale(2, 5, 100, 40), logScale(1e-4, 10, 0, 300)]) {
		for (const value of [2, 3.3, 5]) {
			assert.ok(Math.abs(scale.invert(scale(value)) - value) < 1e-9);
		}
	}
});

test("equal ratios are equally far apart on a log scale", () => {
	const scale = logScale(0.001, 10, 0, 400);
	assert.deepEqual([0.001, 0.01, 0.1, 1, 10].map(scale).map(Math.round), [0, 100, 200, 300, 400]);
	assert.deepEqual(powerTicks(0.001, 10), [0.001, 0.01, 0.1, 1, 10]);
});

test("ticks are round, inside, and about as many as asked", () => {
	for (const [low, high, count] of [
		[0, 300, 6],
		[0, 0.22, 3],
		[0, 3.45, 4],
	]) {
		const ticks = niceTicks(low, high, count);
		assert.ok(ticks.length >= 2 && ticks.length <= 2 * count + 1);
		for (const tick of ticks) {
			assert.ok(tick >= low && tick <= high + 1e-9);
			assert.ok(String(tick).length <= 5, `${tick} is not round`);
		}
	}
});

test("a curve stops at a missing value and starts again after it", () => {
	const ctx = fakeContext();
	traceCurve(ctx, [1, 2, 3, 4], [5, Number.NaN, 7, 8], Number, Number);
	assert.deepEqual(ctx.points, [
		[1, 5],
		[3, 7],
		[4, 8],
	]);
});

test("packed bytes: 0 is low, 254 is high, 255 is missing", () => {
	const packed = { shape: [1, 3], low: -1, high: 3, data: btoa("\x00\xfe\xff") };
	assert.deepEqual([...decode(packed)], [-1, 3, Number.NaN]);
	assert.equal(decodeRows(packed).length, 1);
});

test("the model tells each change once, and not to those who left", () => {
	const model = localModel({ rate: 1 });
	let calls = 0;
	const count = () => {
		calls += 1;
	};
	model.on("change:rate", count);
	model.set("rate", 2);
	model.set("rate", 2);
	model.off("change:rate", count);
	model.set("rate", 3);
	assert.equal(calls, 1);
	assert.equal(model.get("rate"), 3);
});

test("numbers are short, and templates keep what surrounds them", () => {
	assert.deepEqual([0.00321, 0.1, 2.5, 123.4, 0].map(short), ["0.0032", "0.1", "2.5", "123", "0"]);
	assert.equal(short(0.0000321), "3.2e−5");
	assert.equal(percent(0.9056), "90.6\u00a0%");
	assert.equal(fill("rate {rate} (<b>)", { rate: 1 }), "rate 1 (<b>)");
});
