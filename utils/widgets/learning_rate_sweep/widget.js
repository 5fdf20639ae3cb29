import { fitCanvas, onDrag } from "../kit/canvas.js";
import { decodeRows } from "../kit/codec.js";
import { make, makeSlider, openView } from "../kit/frame.js";
import { short } from "../kit/text.js";
import { palette } from "../kit/theme.js";
import { drawBackground, drawCurrent, layout, nearestRate, scales, summary } from "./draw.js";

/** @param {any} packed @returns {import("./draw.js").Data} */
function unpack(packed) {
	return {
		...packed,
		loss: decodeRows(packed.loss),
		accuracy: decodeRows(packed.accuracy),
	};
}

/** @param {{ model: import("../kit/shim.js").Model, el: HTMLElement }} context */
export function render({ model, el }) {
	const text = model.get("text");
	const canvas = make("canvas", { role: "img" });
	const status = make("div", { role: "status", "data-role": "summary" });
	const back = document.createElement("canvas");
	const view = openView(el, "learning_rate_sweep", () => repaint());
	let data = unpack(model.get("data"));
	let boxes = layout(0);
	let ratio = 1;

	const index = () => Math.min(model.get("selected"), data.rates.length - 1);
	const slider = makeSlider(text.slider, data.rates.length, select);
	/** @param {number} i */
	function select(i) {
		model.set("selected", i);
		model.save_changes();
	}

	function show() {
		const words = summary(data, index(), text);
		slider.show(index(), short(data.rates[index()]));
		if (status.textContent !== words) status.textContent = words;
		canvas.setAttribute("aria-label", `${text.label} ${words}`);
		const ctx = canvas.getContext("2d");
		if (!back.width || !canvas.clientWidth) return;
		ctx.setTransform(1, 0, 0, 1, 0, 0);
		ctx.clearRect(0, 0, canvas.width, canvas.height);
		ctx.drawImage(back, 0, 0);
		ctx.scale(ratio, ratio);
		drawCurrent(ctx, data, index(), boxes, text, palette(view.root));
	}

	function repaint() {
		back.width = canvas.width;
		back.height = canvas.height;
		const ctx = back.getContext("2d");
		ctx.scale(ratio, ratio);
		drawBackground(ctx, data, boxes, text, palette(view.root));
		show();
	}

	function reload() {
		data = unpack(model.get("data"));
		slider.input.max = String(data.rates.length - 1);
		repaint();
	}

	/** @param {number} x */
	const toRate = (x) => nearestRate(data.rates, scales(data, boxes).rate.invert(x));
	/** @param {number} x @param {number} y */
	const onPanel = (x, y) =>
		x > boxes.final.left - 12 && y > boxes.final.top - 40 && y < boxes.final.bottom + 30;

	el.append(canvas, make("div", { class: "dll-row" }, slider.element), status);
	fitCanvas(
		canvas,
		(width) => layout(width).height,
		(width, _, dots) => {
			boxes = layout(width);
			ratio = dots;
			repaint();
		},
		view.signal,
	);
	onDrag(
		canvas,
		{
			start(x, y) {
				if (!onPanel(x, y)) return false;
				slider.input.focus({ preventScroll: true });
				select(toRate(x));
				return true;
			},
			move: (x) => select(toRate(x)),
			hover: (x, y) => (onPanel(x, y) ? "ew-resize" : "default"),
		},
		view.signal,
	);
	model.on("change:selected", show);
	model.on("change:data", reload);
	show();
	view.ready();
	return () => {
		model.off("change:selected", show);
		model.off("change:data", reload);
		view.close();
	};
}

export default { render };
