import { make, makeSlider } from "../kit/frame.js";
import { openPicture } from "../kit/picture.js";
import { fill } from "../kit/text.js";
import { DRAWS, draw, layout, resample, summary, tally } from "./draw.js";

/** @param {{ model: import("../kit/shim.js").Model, el: HTMLElement }} context */
export function render(context) {
	const { model } = context;
	const text = model.get("text");
	/** @type {import("./draw.js").Data} */
	const data = model.get("data");
	/** @type {number[]} */
	const sides = model.get("sides");
	const again = make("button", { type: "button" }, text.again);
	const output = make("output");
	const picture = openPicture(context, "search_budget", layout, show);
	const { change } = picture;
	/** @type {Map<number, { draws: import("./draw.js").Draw[], counts: ReturnType<typeof tally> }>} */
	const kept = new Map();
	const budget = makeSlider(text.budget, sides.length, (i) => change("selected", i));

	/** All draws with k × k trials, computed when they are first asked for. @param {number} k */
	function drawsOf(k) {
		if (!kept.has(k)) {
			const draws = resample(data, k, model.get("seed"));
			kept.set(k, { draws, counts: tally(draws) });
		}
		return kept.get(k);
	}

	function show() {
		const k = sides[model.get("selected")];
		const number = model.get("draw");
		const { draws, counts } = drawsOf(k);
		const shown = draws[number];
		budget.show(model.get("selected"), fill(text.trials, { count: k * k, k }));
		output.value = fill(text.number, { number: number + 1, draws: DRAWS });
		picture.tell(summary(data, shown, number + 1, counts, text), (ctx, colors) =>
			draw(ctx, data, shown, counts, picture.places, text, colors),
		);
	}

	again.addEventListener("click", () => change("draw", (model.get("draw") + 1) % DRAWS));
	const buttons = make("div", { class: "dll-buttons" }, again, " ", output);
	return picture.open([make("div", { class: "dll-row" }, budget.element, buttons)], {
		selected: show,
		draw: show,
	});
}

export default { render };
