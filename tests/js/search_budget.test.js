import assert from "node:assert/strict";
import { test } from "node:test";
import {
	DRAWS,
	different,
	draw,
	generator,
	gridPoints,
	layout,
	profile,
	randomPoints,
	resample,
	scales,
	search,
	spaced,
	summary,
	tally,
} from "../../utils/widgets/search_budget/draw.js";
import { assertReadable, COLORS, fakeContext } from "./fake.js";

const TEXT = {
	grid: "■ grid search · {count} trials · best {score}",
	random: "● random search · {count} trials · best {score}",
	along: "mean accuracy at each {name} · {tried} values tried",
	tried: "{tried} values tried",
	best: "best {score}",
	bar: "{draws} draws: chance of random search {chance} ± {band} % · framed: this draw",
	win: "● random search wins {win}",
	tie: "tie {tie}",
	loss: "■ grid search wins {loss}",
	winWords: "random wins",
	tieWords: "a tie",
	lossWords: "grid wins",
	summary:
		"{number}/{draws} {count} {name}|{gridTried} {gridBest}|{randomTried} {randomBest}|{outcome}" +
		"|{win} {tie} {loss}|{chance} {band}|{gridMean} {randomMean}",
};

/** A hill along the first hyperparameter; the second matters `weight` times as much. */
function hill(weight = 0.05, shape = [20, 12]) {
	const bump = (place, top, width) => Math.exp(-(((place - top) / width) ** 2));
	const score = Array.from({ length: shape[0] }, (_, a) =>
		Array.from({ length: shape[1] }, (_, b) => {
			const both = bump(a / shape[0], 0.63, 0.12) + weight * bump(b / shape[1], 0.3, 0.5);
			return 0.1 + (0.8 * both) / (1 + weight);
		}),
	);
	const ticks = [0.0001, 0.001, 0.01].map((value, i) => ({ place: 1 + 4 * i, label: `${value}` }));
	return { names: ["learning rate", "weight decay"], score, ticks: [ticks, ticks] };
}

/** Both hyperparameters must be near the middle: a grid with wide gaps misses less than chance. */
function peak(count = 16) {
	const away = (place) => Math.abs((place + 0.5) / count - 0.5);
	const places = Array.from({ length: count }, (_, i) => i);
	const at = (a, b) => 0.9 - Math.max(away(a), away(b));
	return { ...hill(), score: places.map((a) => places.map((b) => at(a, b))) };
}

/** The chance that random search wins plus half that of a tie, with no draw at all. */
function exactChance(data, k) {
	const shape = [data.score.length, data.score[0].length];
	const all = data.score.flat();
	/** Chance that the best of k × k cells, none twice, is at most `top`. */
	const below = (top) => {
		const count = all.filter((value) => value <= top).length;
		let chance = 1;
		for (let i = 0; i < k * k; i++) chance *= Math.max(0, count - i) / (all.length - i);
		return chance;
	};
	let chance = 0;
	for (const [u, weightU] of offsets(k, shape[0])) {
		for (const [v, weightV] of offsets(k, shape[1])) {
			const cells = spaced(k, shape[0], u).flatMap((a) =>
				spaced(k, shape[1], v).map((b) => data.score[a][b]),
			);
			const best = Math.max(...cells);
			const less = below(Math.max(...all.filter((value) => value < best), -1));
			chance += weightU * weightV * (1 - (below(best) + less) / 2);
		}
	}
	return chance;
}

/** Offsets of a grid, one for each different set of values, with the share of offsets that give it. */
function offsets(k, count) {
	const edges = [0, 1];
	for (let j = 0; j <= count; j++) edges.push(((j * k) / count) % 1);
	edges.sort((a, b) => a - b);
	return edges
		.slice(1)
		.map((edge, i) => [(edge + edges[i]) / 2, edge - edges[i]])
		.filter(([, weight]) => weight > 1e-9);
}

test("the generator repeats itself for a seed and spreads evenly", () => {
	const [one, two, other] = [generator(3), generator(3), generator(4)];
	const row = Array.from({ length: 20_000 }, one);
	assert.deepEqual(row.slice(0, 50), Array.from({ length: 50 }, two));
	assert.notEqual(row[0], other());
	assert.ok(row.every((value) => value >= 0 && value < 1));
	const counts = Array(20).fill(0);
	for (const value of row) counts[Math.floor(20 * value)] += 1;
	const chi = counts.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
	assert.ok(chi < 44, `19 degrees of freedom, ${chi}`);
	const pairs = row.slice(1).map((value, i) => (value - 0.5) * (row[i] - 0.5) * 12);
	assert.ok(Math.abs(pairs.reduce((a, b) => a + b, 0) / pairs.length) < 0.03);
});

test("a grid has one value in each stretch of an axis, at the same place in each", () => {
	assert.deepEqual(spaced(3, 12, 0.5), [2, 6, 10]);
	assert.deepEqual(spaced(4, 12, 0), [0, 3, 6, 9]);
	assert.deepEqual(spaced(4, 12, 0.9999), [2, 5, 8, 11]);
	assert.deepEqual(spaced(5, 5, 0.3), [0, 1, 2, 3, 4]);
	const seen = Array.from({ length: 12 }, () => 0);
	const random = generator(0);
	for (let i = 0; i < 3000; i++) {
		const points = gridPoints(3, [12, 7], random);
		assert.equal(points.length, 9);
		assert.equal(different(points, 0), 3);
		assert.equal(different(points, 1), 3);
		for (const [a] of points) seen[a] += 1;
	}
	for (const count of seen) assert.ok(Math.abs(count - 2250) < 330, "each value is as likely");
});

test("random trials are in the surface, none twice, each cell as likely", () => {
	const seen = Array.from({ length: 12 }, () => 0);
	const random = generator(1);
	for (let i = 0; i < 3000; i++) {
		const points = randomPoints(2, [4, 3], random);
		assert.equal(new Set(points.map(String)).size, 4);
		for (const [a, b] of points) seen[a * 3 + b] += 1;
	}
	for (const count of seen) assert.ok(Math.abs(count - 1000) < 150);
	assert.equal(randomPoints(3, [3, 3], random).length, 9);
});

test("a search keeps its first best trial", () => {
	const data = {
		score: [
			[0.1, 0.7],
			[0.7, 0.2],
		],
	};
	const points = [
		[0, 0],
		[1, 0],
		[0, 1],
	];
	assert.deepEqual(search(data, points), { points, best: 1, score: 0.7 });
});

test("the tally of 500 draws agrees with the exact chance, whoever wins", () => {
	const cases = [hill(0), hill(0.05), hill(0.5), hill(0.05, [9, 16]), peak()];
	const found = cases.flatMap((data) =>
		[2, 3, 4, 5].map((k) => {
			const { win, tie, loss, chance, band } = tally(resample(data, k, 7));
			assert.equal(win + tie + loss, DRAWS);
			assert.ok(Math.abs(chance - (win + tie / 2) / DRAWS) < 1e-9);
			const exact = exactChance(data, k);
			const gap = Math.abs(chance - exact);
			assert.ok(gap < (4 / 1.96) * band + 0.01, `k ${k}: ${chance} ± ${band}, exact ${exact}`);
			return exact;
		}),
	);
	assert.ok(Math.max(...found) > 0.7, "one of the surfaces must favour random search");
	assert.ok(Math.min(...found) < 0.5, "one of the surfaces must favour the grid");
});

test("draws repeat for a seed, differ between seeds and budgets, and know who won", () => {
	const data = hill();
	const draws = resample(data, 3, 5);
	assert.deepEqual(draws, resample(data, 3, 5));
	assert.notDeepEqual(draws[0], resample(data, 3, 6)[0]);
	assert.notDeepEqual(draws[0].random, resample(data, 4, 5)[0].random);
	for (const { grid, random, outcome } of draws) {
		const expected = Math.sign(random.score - grid.score);
		assert.equal({ win: 1, tie: 0, loss: -1 }[outcome], expected);
	}
	const flat = { score: Array(6).fill(Array(6).fill(0.3)) };
	const { tie, chance, band, grid } = tally(resample(flat, 2, 0));
	assert.deepEqual([tie, chance, band], [DRAWS, 0.5, 0]);
	assert.ok(Math.abs(grid - 0.3) < 1e-9);
});

test("the profile is the mean over the other hyperparameter", () => {
	const data = {
		score: [
			[0.1, 0.3],
			[0.5, 0.9],
			[0, 0.6],
		],
	};
	const near = (found, wanted) => {
		for (const [i, value] of found.entries()) assert.ok(Math.abs(value - wanted[i]) < 1e-12);
	};
	near(profile(data, 0), [0.2, 0.7, 0.3]);
	near(profile(data, 1), [0.2, 0.6]);
});

test("no word leaves the view and no two words overlap, from 480 to 1200 pixels", () => {
	const data = hill();
	for (let width = 480; width <= 1200; width += 30) {
		const boxes = layout(width);
		for (const k of [2, 7]) {
			const draws = resample(data, k, 0);
			const ctx = fakeContext();
			draw(ctx, data, draws[0], tally(draws), boxes, TEXT, COLORS);
			assert.ok(ctx.points.every(([x, y]) => Number.isFinite(x) && Number.isFinite(y)));
			assertReadable(ctx.texts, width, { slack: [0, 0], bottom: boxes.height });
		}
	}
	assert.ok(layout(1136).height <= 430, "the view is too high for a slide");
});

test("the mark of a trial stands in its cell, in both panels and on a flat surface", () => {
	const flat = { ...hill(), score: Array(6).fill(Array(4).fill(0.3)) };
	for (const data of [hill(), flat]) {
		const boxes = layout(1100);
		for (const panel of [boxes.grid, boxes.random]) {
			const at = scales(data, panel);
			assert.equal(at.x(0), panel.heat.left);
			assert.equal(at.y(data.score[0].length), panel.heat.top);
			assert.ok(at.up(0.3) <= panel.strip.bottom && at.up(0.3) >= panel.strip.top);
			assert.ok(at.out(0.3) >= panel.side.left && at.out(0.3) <= panel.side.right);
		}
	}
});

test("there are as many stems beside an axis as values that were tried", () => {
	const data = hill();
	const boxes = layout(1100);
	const shown = resample(data, 4, 2)[0];
	const ctx = fakeContext();
	draw(ctx, data, shown, tally([shown]), boxes, TEXT, COLORS);
	for (const name of ["grid", "random"]) {
		const { strip } = boxes[name];
		const feet = ctx.points.filter(
			([x, y]) => y === strip.bottom && x > strip.left && x < strip.right,
		);
		assert.equal(feet.length, different(shown[name].points, 0));
	}
	assert.equal(different(shown.grid.points, 0), 4);
	assert.ok(different(shown.random.points, 0) > 8);
});

test("words tell both searches, the outcome and the tally", () => {
	const data = {
		...hill(),
		score: [
			[0.1, 0.2, 0.3],
			[0.4, 0.5, 0.6],
			[0.1, 0.1, 0.1],
		],
	};
	const shown = {
		grid: search(data, [
			[0, 0],
			[0, 1],
			[2, 0],
			[2, 1],
		]),
		random: search(data, [
			[0, 0],
			[1, 2],
			[2, 0],
			[0, 2],
		]),
		outcome: "win",
	};
	const counts = {
		win: 300,
		tie: 40,
		loss: 160,
		chance: 0.64,
		band: 0.0412,
		grid: 0.51,
		random: 0.5,
	};
	assert.equal(
		summary(data, shown, 12, counts, TEXT),
		"12/500 4 learning rate|2 0.200|3 0.600|random wins|300 40 160|64 4|0.510 0.500",
	);
});
