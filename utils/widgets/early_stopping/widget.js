import { fitCanvas, onDrag } from "../kit/canvas.js";
import { decodeRows } from "../kit/codec.js";
import { make, makeSlider, openView } from "../kit/frame.js";
import { palette } from "../kit/theme.js";
import { draw, layout, nearestPatience, scales, summary } from "./draw.js";

/** @param {any} packed @returns {import("./draw.js").Data} */
function unpack(packed) {
	const names = ["trainAccuracy", "valAccuracy", "trainLoss", "valLoss"];
	return {
		...packed,
		...Object.fromEntries(names.map((name) => [name, decodeRows(packed[name])])),
	};
}

/** @param {{ model: import("../kit/shim.js").Model, el: HTMLElement }} context */
export function render({ model, el }) {
	const text = model.get("text");
	const data = unpack(model.get("data"));
	const canvas = make("canvas", { role: "img" });
	const status = make("div", { role: "status", "data-role": "summary" });
	const select = make("select", { "aria-label": text.labels });
	const view = openView(el, "early_stopping", () => show());
	let boxes = layout(0);
	let ratio = 1;

	/** @param {string} name @param {number} value */
	function change(name, value) {
		model.set(name, value);
		model.save_changes();
	}
	const row = () => model.get("row");
	const seed = () => row() % data.seeds;
	const patienceSlider = makeSlider(text.patience, data.kept[0].length, (i) =>
		change("patience", i + 1),
	);
	const seedSlider = makeSlider(text.seed, data.seeds, (i) => change("row", row() - seed() + i));

	function show() {
		const patience = model.get("patience");
		const words = summary(data, row(), patience, text);
		patienceSlider.show(patience - 1, String(patience));
		seedSlider.show(seed(), String(seed()));
		select.value = String(Math.floor(row() / data.seeds));
		if (status.textContent !== words) status.textContent = words;
		canvas.setAttribute("aria-label", `${text.label} ${words}`);
		if (!canvas.clientWidth) return;
		const ctx = canvas.getContext("2d");
		ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
		ctx.clearRect(0, 0, canvas.width, canvas.height);
		draw(ctx, data, row(), patience, boxes, text, palette(view.root));
	}

	/** @param {number} x */
	const toPatience = (x) => nearestPatience(data, scales(data, row(), boxes).patience.invert(x));
	/** @param {number} x @param {number} y */
	const onPanel = (x, y) =>
		x > boxes.test.left - 12 && y > boxes.test.top - 12 && y < boxes.test.bottom + 30;

	const labels = make("label", {}, make("span", {}, text.labels), select);
	select.append(...data.conditions.map((name, i) => make("option", { value: i }, name)));
	select.addEventListener("change", () => change("row", select.value * data.seeds + seed()));
	const controls = make(
		"div",
		{ class: "dll-row" },
		patienceSlider.element,
		seedSlider.element,
		labels,
	);
	el.append(canvas, controls, status);
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
	onDrag(
		canvas,
		{
			start(x, y) {
				if (!onPanel(x, y)) return false;
				patienceSlider.input.focus({ preventScroll: true });
				change("patience", toPatience(x));
				return true;
			},
			move: (x) => change("patience", toPatience(x)),
			hover: (x, y) => (onPanel(x, y) ? "ew-resize" : "default"),
		},
		view.signal,
	);
	model.on("change:row", show);
	model.on("change:patience", show);
	show();
	view.ready();
	return () => {
		model.off("change:row", show);
		model.off("change:patience", show);
		view.close();
	};
}

export default { render };
