import { fitCanvas, onDrag } from "../kit/canvas.js";
import { make, makeSlider, openView } from "../kit/frame.js";
import { palette } from "../kit/theme.js";
import { draw, layout, nearestValue, summary } from "./draw.js";

/** @param {{ model: import("../kit/shim.js").Model, el: HTMLElement }} context */
export function render({ model, el }) {
	const text = model.get("text");
	/** @type {import("./draw.js").Data} */
	const data = model.get("data");
	const canvas = make("canvas", { role: "img" });
	const status = make("div", { role: "status", "data-role": "summary" });
	const view = openView(el, "gradient_flow", () => show());
	let box = layout(0);
	let ratio = 1;

	/** @param {string} name @param {any} value */
	function choose(name, value) {
		model.set(name, value);
		model.save_changes();
	}
	const slider = makeSlider(text.slider, data.values.length, (i) => choose("selected", i));
	const boxes = data.cells.map((cell, c) => {
		const input = make("input", { type: "checkbox", style: "flex:none" });
		input.addEventListener("change", () => {
			choose(
				"shown",
				model.get("shown").map((on, i) => (i === c ? input.checked : on)),
			);
		});
		return { input, label: make("label", {}, input, make("span", {}, text[cell])) };
	});

	function show() {
		const selected = Math.min(model.get("selected"), data.values.length - 1);
		const shown = model.get("shown");
		const words = summary(data, selected, shown, text);
		slider.show(selected, data.values[selected].toFixed(2));
		boxes.forEach(({ input }, c) => {
			input.checked = shown[c];
		});
		if (status.textContent !== words) status.textContent = words;
		canvas.setAttribute("aria-label", `${text.label} ${words}`);
		if (!canvas.clientWidth) return;
		const ctx = canvas.getContext("2d");
		ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
		ctx.clearRect(0, 0, canvas.width, canvas.height);
		draw(ctx, data, selected, shown, box, text, palette(view.root));
	}

	const checks = boxes.map(({ label }) => label);
	const rows = [[slider.element], checks].map((row) => make("div", { class: "dll-row" }, ...row));
	el.append(canvas, ...rows, status);
	fitCanvas(
		canvas,
		(width) => layout(width).height,
		(width, _, dots) => {
			box = layout(width);
			ratio = dots;
			show();
		},
		view.signal,
	);
	/** @param {number} x @param {number} y */
	const onChart = (x, y) => x > box.left - 12 && x < box.right && y > 0 && y < box.bottom + 12;
	/** @param {number} _ @param {number} y */
	const dragTo = (_, y) => choose("selected", nearestValue(data, box, y));
	onDrag(
		canvas,
		{
			start(x, y) {
				if (!onChart(x, y)) return false;
				slider.input.focus({ preventScroll: true });
				dragTo(x, y);
				return true;
			},
			move: dragTo,
			hover: (x, y) => (onChart(x, y) ? "ns-resize" : "default"),
		},
		view.signal,
	);
	const events = ["selected", "shown"].map((name) => `change:${name}`);
	for (const event of events) model.on(event, show);
	show();
	view.ready();
	return () => {
		for (const event of events) model.off(event, show);
		view.close();
	};
}

export default { render };
