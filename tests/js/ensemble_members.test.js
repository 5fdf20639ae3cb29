import assert from "node:assert/strict";
import { test } from "node:test";
import {
	average,
	draw,
	layout,
	nearestCount,
	scales,
	summary,
} from "../../utils/widgets/ensemble_members/draw.js";
import { assertReadable, COLORS, fakeContext } from "./fake.js";

const TEXT = {
	barsTitle: "probability",
	accuracyTitle: "test accuracy",
	membersTitle: "members",
	band: "band: 10–90 %",
	average: "average",
	one: "member",
	truth: "true: {truth}",
	answer: "answer",
	true: "true",
	right: "right",
	alone: "{digit}: {answer} {share} {truth}.",
	together: "{digit}: {members} say {answer} {share} {truth}.",
	oneRight: "1 of {members} is.",
	manyRight: "{right} of {members} are.",
	everyOne: "one {first}",
	overall: "{members} {accuracy} {first}",
};

/** Two digits. The members say 7, 9 and 9 about the first, 0 about the second, with `sure`. */
function team(members = 3, sure = 0.6) {
	const row = (answer, other) =>
		Float32Array.from({ length: 10 }, (_, c) => (c === answer ? sure : c === other ? 1 - sure : 0));
	const first = Array.from({ length: members }, (_, i) => (i ? row(9, 7) : row(7, 9)));
	const second = Array.from({ length: members }, () => row(0, 1));
	const each = (value) => Array.from({ length: members }, (_, i) => value(i + 1));
	return {
		probabilities: [...first, ...second],
		images: [new Float32Array(196).fill(0.5), new Float32Array(196)],
		labels: [9, 0],
		answers: [each((m) => (m === 1 ? 7 : 9)), each(() => 0)],
		confidence: [each((m) => ((m - 1) * sure + 1 - sure) / m), each(() => sure)],
		right: [each((m) => m - 1), each((m) => m)],
		accuracy: {
			mean: each((m) => 0.95 - 0.02 / m),
			low: each((m) => 0.94 - 0.02 / m),
			high: each((m) => 0.955 - 0.01 / m),
		},
	};
}

test("panels stay inside the view and do not overlap, from 480 to 1200 pixels", () => {
	for (let width = 480; width <= 1200; width += 20) {
		const { height, picture, bars, accuracy } = layout(width);
		assert.ok(height <= 310, "the view is too high for a slide");
		assert.ok(picture.left >= 0 && picture.right + 26 <= bars.left);
		assert.ok(bars.right + 54 <= accuracy.left && accuracy.right <= width);
		for (const box of [bars, accuracy]) {
			assert.ok(box.right - box.left > 100 && box.bottom - box.top >= 150);
		}
		assert.ok(picture.bottom + 82 <= height && bars.bottom + 24 <= height);
		assert.ok(accuracy.bottom + 41 <= height);
	}
});

test("no word leaves the view and no two words overlap, whatever is shown", () => {
	for (let width = 480; width <= 1200; width += 40) {
		for (const all of [1, 2, 7, 16]) {
			for (const members of [1, all]) {
				for (const digit of [0, 1]) {
					const ctx = fakeContext();
					const boxes = layout(width);
					draw(ctx, team(all), members, digit, boxes, TEXT, COLORS);
					assert.ok(ctx.texts.length > 20);
					assertReadable(ctx.texts, width, { bottom: boxes.height + 1 });
				}
			}
		}
	}
});

test("the bars are the mean of the first members, of the chosen digit only", () => {
	const close = (a, b) => assert.ok(Math.abs(a - b) < 1e-6, `${a} is not ${b}`);
	close(average(team(), 1, 0)[7], 0.6);
	close(average(team(), 2, 0)[7], 0.5);
	close(average(team(), 3, 0)[9], 1.6 / 3);
	close(average(team(), 3, 1)[0], 0.6);
	close(
		average(team(), 3, 0).reduce((a, b) => a + b),
		1,
	);
});

test("words beside the bars mark the answer and the true class, also where they are one", () => {
	const marks = (members, digit) => {
		const ctx = fakeContext();
		const boxes = layout(900);
		draw(ctx, team(), members, digit, boxes, TEXT, COLORS);
		const row = scales(team(), boxes).row;
		const found = ctx.texts.filter(({ words }) => ["answer", "true", "right"].includes(words));
		return found.map(({ words, y }) => `${words} ${Math.round(row.invert(y))}`);
	};
	assert.deepEqual(marks(1, 0), ["answer 7", "true 9"]);
	assert.deepEqual(marks(3, 0), ["right 9"]);
	assert.deepEqual(marks(1, 1), ["right 0"]);
});

test("one dot a member stands on each row", () => {
	const count = (members) => {
		let arcs = 0;
		const ctx = new Proxy(fakeContext(), {
			get: (target, name) => {
				if (name !== "arc") return target[name];
				return (_x, _y, r) => {
					arcs += r === 3.5;
				};
			},
		});
		draw(ctx, team(), members, 0, layout(900), TEXT, COLORS);
		return arcs - 1; // one in the legend
	};
	assert.equal(count(1), 10);
	assert.equal(count(3), 30);
});

test("the place of each number of members leads back to it, and never beyond the ends", () => {
	const data = team(16);
	for (const width of [480, 900]) {
		const at = scales(data, layout(width)).members;
		for (let members = 1; members <= 16; members++) {
			assert.equal(nearestCount(data, at.invert(at(members) + 2)), members);
		}
		assert.equal(nearestCount(data, at.invert(-1e4)), 1);
		assert.equal(nearestCount(data, at.invert(1e4)), 16);
	}
});

test("words say what the members answer together, alone, and over the test set", () => {
	const p = (value) => `${value}\u00a0%`;
	assert.equal(summary(team(), 1, 0, TEXT), `1: 7 ${p(40)} 9. one ${p("93.0")}`);
	assert.equal(
		summary(team(), 2, 0, TEXT),
		`1: 2 say 9 ${p(50)} 9. 1 of 2 is. 2 ${p("94.0")} ${p("93.0")}`,
	);
	assert.match(summary(team(), 3, 1, TEXT), /^2: 3 say 0 .* 3 of 3 are\./);
});
