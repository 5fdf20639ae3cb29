import { fitCanvas, onDrag } from "../kit/canvas.js";
import { make, makeSlider, openView } from "../kit/frame.js";
import { fill } from "../kit/text.js";
import { palette } from "../kit/theme.js";
import { draw, equations, layout, summary, wordAt } from "./draw.js";

/** @param {{ model: import("../kit/shim.js").Model, el: HTMLElement }} context */
export function render({ model, el }) {
	const text = model.get("text");
	/** @type {import("./draw.js").Data} */
	const data = model.get("data");
	const canvas = make("canvas", { role: "img" });
	const numbers = make("div", { "data-role": "numbers" });
	const status = make("div", { role: "status", "data-role": "summary" });
	const view = openView(el, "qkv", () => show());
	let places = layout(data, 1000);
	let ratio = 1;

	/** @param {string} name @param {number | boolean} value */
	function choose(name, value) {
		if (model.get(name) === value) return;
		model.set(name, value);
		model.save_changes();
	}
	/** @param {string} name @param {string} words */
	function makeSwitch(name, words) {
		const input = make("input", { type: "checkbox", style: "flex:none;min-height:0" });
		input.addEventListener("change", () => choose(name, input.checked));
		return { input, element: make("label", {}, input, make("span", {}, words)) };
	}
	const slider = makeSlider(text.slider, data.words.length, (i) => choose("focus", i));
	const width = data.q[0].length;
	const scaled = makeSwitch("scaled", fill(text.scaled, { width }));
	const causal = makeSwitch("causal", text.causal);

	function show() {
		const now = {
			focus: Math.min(model.get("focus"), data.words.length - 1),
			scaled: model.get("scaled"),
			causal: model.get("causal"),
		};
		const words = summary(data, now, text);
		const place = { word: data.words[now.focus] };
		slider.show(now.focus, fill(text.place, place));
		scaled.input.checked = now.scaled;
		causal.input.checked = now.causal;
		numbers.replaceChildren(...equations(data, now, text).map((sum) => make("div", {}, sum)));
		if (status.textContent !== words) status.textContent = words;
		canvas.setAttribute("aria-label", `${text.label} ${words}`);
		if (!canvas.clientWidth) return;
		const ctx = canvas.getContext("2d");
		const dots = ratio * places.scale;
		ctx.setTransform(dots, 0, 0, dots, 0, 0);
		ctx.clearRect(0, 0, canvas.width / dots, canvas.height / dots);
		draw(ctx, data, now, places, text, palette(view.root));
	}

	el.append(
		canvas,
		make("div", { class: "dll-row" }, slider.element, scaled.element, causal.element),
		numbers,
		status,
	);
	fitCanvas(
		canvas,
		(wide) => layout(data, wide).height,
		(wide, _, dots) => {
			places = layout(data, wide);
			ratio = dots;
			show();
		},
		view.signal,
	);
	/** @param {number} _ @param {number} y */
	const goTo = (_, y) => choose("focus", wordAt(data, places, y));
	onDrag(
		canvas,
		{
			start(x, y) {
				slider.input.focus({ preventScroll: true });
				goTo(x, y);
				return true;
			},
			move: goTo,
			hover(x, y) {
				goTo(x, y);
				return "pointer";
			},
		},
		view.signal,
	);
	const events = ["focus", "scaled", "causal"].map((name) => `change:${name}`);
	for (const event of events) model.on(event, show);
	show();
	view.ready();
	return () => {
		for (const event of events) model.off(event, show);
		view.close();
	};
}

export default { render };
