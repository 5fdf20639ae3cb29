import { fitCanvas } from "../kit/canvas.js";
import { make, makeSlider, openView } from "../kit/frame.js";
import { fill } from "../kit/text.js";
import { palette } from "../kit/theme.js";
import { DRAWS, draw, layout, resample, summary, tally } from "./draw.js";

/** @param {{ model: import("../kit/shim.js").Model, el: HTMLElement }} context */
export function render({ model, el }) {
	const text = model.get("text");
	/** @type {import("./draw.js").Data} */
	const data = model.get("data");
	/** @type {number[]} */
	const sides = model.get("sides");
	const canvas = make("canvas", { role: "img" });
	const status = make("div", { role: "status", "data-role": "summary" });
	const again = make("button", { type: "button" }, text.again);
	const output = make("output");
	const view = openView(el, "search_budget", () => show());
	/** @type {Map<number, { draws: import("./draw.js").Draw[], counts: ReturnType<typeof tally> }>} */
	const kept = new Map();
	let boxes = layout(0);
	let ratio = 1;

	/** @param {string} name @param {number} value */
	function change(name, value) {
		model.set(name, value);
		model.save_changes();
	}
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
		const words = summary(data, shown, number + 1, counts, text);
		budget.show(model.get("selected"), fill(text.trials, { count: k * k, k }));
		output.value = fill(text.number, { number: number + 1, draws: DRAWS });
		if (status.textContent !== words) status.textContent = words;
		canvas.setAttribute("aria-label", `${text.label} ${words}`);
		if (!canvas.clientWidth) return;
		const ctx = canvas.getContext("2d");
		ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
		ctx.clearRect(0, 0, canvas.width, canvas.height);
		draw(ctx, data, shown, counts, boxes, text, palette(view.root));
	}

	again.addEventListener("click", () => change("draw", (model.get("draw") + 1) % DRAWS));
	const buttons = make("div", { class: "dll-buttons" }, again, " ", output);
	el.append(canvas, make("div", { class: "dll-row" }, budget.element, buttons), status);
	fitCanvas(
		canvas,
		(width) => layout(width).height,
		(width, _, dots) => {
			boxes = layout(width);
			ratio = dots;
			show();
		},
		view.signal,
	);
	model.on("change:selected", show);
	model.on("change:draw", show);
	show();
	view.ready();
	return () => {
		model.off("change:selected", show);
		model.off("change:draw", show);
		view.close();
	};
}

export default { render };
