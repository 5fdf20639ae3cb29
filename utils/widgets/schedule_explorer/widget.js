import { fitCanvas, onDrag } from "../kit/canvas.js";
import { decodeRows } from "../kit/codec.js";
import { make, makeSlider, openView } from "../kit/frame.js";
import { palette } from "../kit/theme.js";
import { draw, grabbed, handles, layout, scales, summary, valueWords } from "./draw.js";
import { choices, names, pick, settings } from "./runs.js";

/** @param {any} packed @returns {import("./draw.js").Data} */
function unpack(packed) {
	return { ...packed, logLoss: decodeRows(packed.logLoss) };
}

/** @param {{ model: import("../kit/shim.js").Model, el: HTMLElement }} context */
export function render({ model, el }) {
	const text = model.get("text");
	const canvas = make("canvas", { role: "img" });
	const status = make("div", { role: "status", "data-role": "summary" });
	const select = make("select", { "aria-label": text.schedule });
	const controls = make("div", { class: "dll-row" });
	const view = openView(el, "schedule_explorer", () => show());
	let data = unpack(model.get("data"));
	let boxes = layout(0);
	let ratio = 1;
	/** @type {Map<string, ReturnType<typeof makeSlider>>} */
	let sliders = new Map();
	/** @type {string | undefined} */
	let held;

	const index = () => Math.min(model.get("selected"), data.runs.length - 1);
	const run = () => data.runs[index()];
	/** @param {string} key @param {any} value */
	function change(key, value) {
		const next = pick(data.runs, run(), key, value);
		if (next === index()) return;
		model.set("selected", next);
		model.save_changes();
	}

	/** Sliders for the settings of which more than one value was trained. */
	function arrange() {
		const keys = Object.keys(settings(run())).filter(
			(key) => choices(data.runs, run(), key).length > 1,
		);
		if (keys.join() === [...sliders.keys()].join()) return;
		sliders = new Map(keys.map((key) => [key, sliders.get(key) ?? newSlider(key)]));
		const elements = Array.from(sliders.values(), (slider) => slider.element);
		controls.replaceChildren(controls.firstChild, ...elements);
	}

	/** @param {string} key */
	const newSlider = (key) =>
		makeSlider(text[key], 1, (i) => change(key, choices(data.runs, run(), key)[i]));

	function show() {
		arrange();
		const words = summary(data, index(), text);
		select.value = run().name;
		for (const [key, slider] of sliders) {
			const values = choices(data.runs, run(), key);
			slider.input.max = String(values.length - 1);
			const value = settings(run())[key];
			slider.show(values.indexOf(value), valueWords(key, value, data.total));
		}
		if (status.textContent !== words) status.textContent = words;
		canvas.setAttribute("aria-label", `${text.label} ${words}`);
		if (!canvas.clientWidth) return;
		const ctx = canvas.getContext("2d");
		ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
		ctx.clearRect(0, 0, canvas.width, canvas.height);
		draw(ctx, data, index(), boxes, text, palette(view.root));
	}

	function reload() {
		data = unpack(model.get("data"));
		select.replaceChildren(
			...names(data.runs).map((name) => make("option", { value: name }, text[`name_${name}`])),
		);
		show();
	}

	/** @param {number} x @param {number} y */
	const near = (x, y) =>
		grabbed(handles(data, run(), boxes.rate), scales(data, run(), boxes).step, x, y)?.key;
	/** @param {string} key @param {number} x */
	function drag(key, x) {
		const share = scales(data, run(), boxes).step.invert(x) / data.total;
		const values = choices(data.runs, run(), key);
		change(
			key,
			values.reduce((a, b) => (Math.abs(b - share) < Math.abs(a - share) ? b : a)),
		);
	}

	controls.append(make("label", {}, make("span", {}, text.schedule), select));
	el.append(canvas, controls, status);
	select.addEventListener("change", () => change("name", select.value));
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
				held = near(x, y);
				if (held) sliders.get(held)?.input.focus({ preventScroll: true });
				return held !== undefined;
			},
			move: (x) => drag(held ?? "", x),
			hover: (x, y) => (near(x, y) ? "ew-resize" : "default"),
		},
		view.signal,
	);
	model.on("change:selected", show);
	model.on("change:data", reload);
	reload();
	view.ready();
	return () => {
		model.off("change:selected", show);
		model.off("change:data", reload);
		view.close();
	};
}

export default { render };
