import { fitCanvas, onDrag } from "../kit/canvas.js";
import { make, makeSlider, openView } from "../kit/frame.js";
import { fill } from "../kit/text.js";
import { palette } from "../kit/theme.js";
import { draw, emojiAt, layout, nearestShot, summary } from "./draw.js";

/** @param {{ model: import("../kit/shim.js").Model, el: HTMLElement }} context */
export function render({ model, el }) {
	const text = model.get("text");
	/** @type {import("./draw.js").Data & { sheet: string }} */
	const data = model.get("data");
	const canvas = make("canvas", { role: "img" });
	const status = make("div", { role: "status", "data-role": "summary" });
	const options = data.methods.map((name, value) => make("option", { value }, name));
	const select = make("select", { "aria-label": text.method }, ...options);
	const view = openView(el, "shot_slider", () => show());
	const sheet = new Image();
	const each = data.truth.filter((label) => label === data.truth[0]).length;
	let boxes = layout(0, data.names.length, each);
	let ratio = 1;
	let ready = false;

	/** @param {string} name @param {number} value */
	function choose(name, value) {
		model.set(name, value);
		model.save_changes();
	}
	const shots = makeSlider(text.slider, data.shots.length, (i) => choose("selected", i));
	const emoji = makeSlider(text.emoji, data.truth.length, (i) => choose("emoji", i));
	const shown = () => ({
		shot: Math.min(model.get("selected"), data.shots.length - 1),
		method: model.get("method"),
		emoji: model.get("emoji"),
	});

	function show() {
		const now = shown();
		const words = summary(data, now, text);
		const count = data.shots[now.shot];
		shots.show(now.shot, String(count));
		const place = { place: now.emoji + 1, count: data.truth.length };
		emoji.show(now.emoji, fill(text.place, place));
		select.value = String(now.method);
		if (status.textContent !== words) status.textContent = words;
		canvas.setAttribute("aria-label", `${text.label} ${words}`);
		if (!canvas.clientWidth) return;
		const ctx = canvas.getContext("2d");
		ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
		ctx.clearRect(0, 0, canvas.width, canvas.height);
		draw(ctx, data, now, boxes, text, palette(view.root), ready ? sheet : undefined);
	}

	/** @param {number} x @param {number} y */
	const onChart = (x, y) =>
		x > boxes.chart.left - 12 &&
		x < boxes.chart.right + 12 &&
		y > boxes.chart.top - 12 &&
		y < boxes.chart.bottom + 40;
	/** @param {number} x */
	const dragTo = (x) => choose("selected", nearestShot(data, boxes.chart, x));

	const method = make("label", {}, make("span", {}, text.method), select);
	const row = make("div", { class: "dll-row" }, shots.element, method, emoji.element);
	el.append(canvas, row, status);
	select.addEventListener("change", () => choose("method", Number(select.value)));
	sheet.addEventListener("load", () => {
		ready = true;
		show();
	});
	sheet.src = data.sheet;
	fitCanvas(
		canvas,
		(width) => layout(width, data.names.length, each).height,
		(width, _, dots) => {
			boxes = layout(width, data.names.length, each);
			ratio = dots;
			show();
		},
		view.signal,
	);
	onDrag(
		canvas,
		{
			start(x, y) {
				const found = emojiAt(data, boxes.grid, x, y);
				if (found >= 0) {
					emoji.input.focus({ preventScroll: true });
					choose("emoji", found);
					return false;
				}
				if (!onChart(x, y)) return false;
				shots.input.focus({ preventScroll: true });
				dragTo(x);
				return true;
			},
			move: dragTo,
			hover(x, y) {
				if (emojiAt(data, boxes.grid, x, y) >= 0) return "pointer";
				return onChart(x, y) ? "ew-resize" : "default";
			},
		},
		view.signal,
	);
	const events = ["selected", "method", "emoji"].map((name) => `change:${name}`);
	for (const event of events) model.on(event, show);
	show();
	view.ready();
	return () => {
		for (const event of events) model.off(event, show);
		view.close();
	};
}

export default { render };
