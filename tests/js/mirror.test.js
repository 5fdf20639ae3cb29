import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { decode } from "../../utils/widgets/kit/codec.js";
import { rateAt } from "../../utils/widgets/schedule_explorer/schedule.js";

/** Written by tests/unit/test_widget_javascript.py from the Python side. */
const path = process.env.WIDGET_MIRROR;
const options = { skip: path ? false : "run by pytest, which writes the tables" };

test("every schedule's rate equals Python's at every step", options, () => {
	const { schedules } = JSON.parse(readFileSync(path, "utf8"));
	assert.ok(schedules.length >= 20);
	for (const { spec, table } of schedules) {
		table.forEach((rate, step) => {
			const gap = Math.abs(rateAt(spec, step) - rate);
			assert.ok(gap <= 1e-12 * spec.rate, `${JSON.stringify(spec)} at step ${step}: off by ${gap}`);
		});
	}
});

test("packed arrays read the same on both sides", options, () => {
	const { packed, unpacked } = JSON.parse(readFileSync(path, "utf8"));
	const values = decode(packed);
	assert.equal(values.length, unpacked.length);
	unpacked.forEach((value, i) => {
		if (value === null) assert.ok(Number.isNaN(values[i]));
		else assert.ok(Math.abs(values[i] - value) < 1e-5);
	});
});
