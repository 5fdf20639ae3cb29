import { fitCanvas } from "../kit/canvas.js";
import { make, makeSlider, openView } from "../kit/frame.js";
import { palette } from "../kit/theme.js";
import { draw, HEIGHT, summary } from "./draw.js";

const PAGE = `height:${HEIGHT}px;margin:0;padding:6px 10px;overflow:auto;white-space:pre-wrap;overflow-wrap:anywhere;
font:14px/1.35 ui-monospace,Menlo,Consolas,monospace;color:inherit;background:var(--dll-soft);border-radius:6px`;

/** @param {{ model: import("../kit/shim.js").Model, el: HTMLElement }} context */
export function render({ model, el }) {
	const text = model.get("text");
	const data = model.get("data");
	const canvas = make("canvas", { role: "img" });
	const written = make("span");
	const prompt = make("b", { style: "color:var(--dll-accent)" }, data.prompt);
	const page = make("pre", { style: PAGE, tabindex: 0, "data-role": "page" }, prompt, written);
	const status = make("div", { role: "status", "data-role": "summary" });
	const view = openView(el, "sampling_box", () => show());
	let width = 0;
	let ratio = 1;

	/** @param {string} name @param {number} value */
	function change(name, value) {
		model.set(name, value);
		model.save_changes();
	}
	const temperature = makeSlider(text.temperature, data.temperatures.length, (i) =>
		change("temperature", i),
	);
	const seed = makeSlider(text.seed, data.seeds.length, (i) => change("seed", i));

	function show() {
		const [t, s] = [model.get("temperature"), model.get("seed")];
		const words = summary(data, t, s, text);
		temperature.show(t, String(data.temperatures[t]));
		seed.show(s, String(data.seeds[s]));
		if (written.textContent !== data.texts[t][s]) written.textContent = data.texts[t][s];
		if (status.textContent !== words) status.textContent = words;
		canvas.setAttribute("aria-label", `${text.label} ${words}`);
		if (!canvas.clientWidth) return;
		const ctx = canvas.getContext("2d");
		ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
		ctx.clearRect(0, 0, canvas.width, canvas.height);
		draw(ctx, data, t, s, width, text, palette(view.root));
	}

	const columns = "display:grid;grid-template-columns:minmax(0,3fr) minmax(240px,2fr);gap:20px";
	el.append(
		make("div", { style: columns }, page, make("div", {}, canvas)),
		make("div", { class: "dll-row" }, temperature.element, seed.element),
		status,
	);
	fitCanvas(
		canvas,
		() => HEIGHT,
		(wide, _, dots) => {
			width = wide;
			ratio = dots;
			show();
		},
		view.signal,
	);
	for (const name of ["temperature", "seed"]) model.on(`change:${name}`, show);
	show();
	view.ready();
	return () => {
		for (const name of ["temperature", "seed"]) model.off(`change:${name}`, show);
		view.close();
	};
}

export default { render };
