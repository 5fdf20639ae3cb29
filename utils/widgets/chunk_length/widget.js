import { fitCanvas, onDrag } from "../kit/canvas.js";
import { decodeRows } from "../kit/codec.js";
import { make, makeSlider, openView } from "../kit/frame.js";
import { palette } from "../kit/theme.js";
import { draw, layout, nearestLength, scales, summary } from "./draw.js";

/** @param {{ model: import("../kit/shim.js").Model, el: HTMLElement }} context */
export function render({ model, el }) {
	const text = model.get("text");
	const packed = model.get("data");
	const data = {
		...packed,
		reach: decodeRows(packed.reach),
		range: [packed.reach.low, packed.reach.high],
	};
	const canvas = make("canvas", { role: "img" });
	const status = make("div", { role: "status", "data-role": "summary" });
	const select = make("select", { "aria-label": text.training });
	const view = openView(el, "chunk_length", () => show());
	let boxes = layout(0);
	let ratio = 1;

	/** @param {string} name @param {number} value */
	function change(name, value) {
		model.set(name, value);
		model.save_changes();
	}
	const slider = makeSlider(text.length, data.lengths.length, (i) => change("row", i));

	function show() {
		const row = model.get("row");
		const mode = model.get("mode");
		const words = summary(data, row, mode, text);
		slider.show(row, String(data.lengths[row]));
		select.value = String(mode);
		if (status.textContent !== words) status.textContent = words;
		canvas.setAttribute("aria-label", `${text.label} ${words}`);
		if (!canvas.clientWidth) return;
		const ctx = canvas.getContext("2d");
		ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
		ctx.clearRect(0, 0, canvas.width, canvas.height);
		draw(ctx, data, row, mode, boxes, text, palette(view.root));
	}

	/** @param {number} x */
	const toRow = (x) => nearestLength(data, scales(data, boxes).before.invert(x));
	/** @param {number} x @param {number} y */
	const onPanel = (x, y) =>
		x > boxes.reach.left - 6 && y > boxes.reach.top && y < boxes.reach.bottom + 30;

	select.append(...[text.carried, text.reset].map((name, i) => make("option", { value: i }, name)));
	select.addEventListener("change", () => change("mode", Number(select.value)));
	const label = make("label", {}, make("span", {}, text.training), select);
	el.append(canvas, make("div", { class: "dll-row" }, slider.element, label), status);
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
				slider.input.focus({ preventScroll: true });
				change("row", toRow(x));
				return true;
			},
			move: (x) => change("row", toRow(x)),
			hover: (x, y) => (onPanel(x, y) ? "ew-resize" : "default"),
		},
		view.signal,
	);
	model.on("change:row", show);
	model.on("change:mode", show);
	show();
	view.ready();
	return () => {
		model.off("change:row", show);
		model.off("change:mode", show);
		view.close();
	};
}

export default { render };
