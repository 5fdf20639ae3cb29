import { fitCanvas, onDrag } from "../kit/canvas.js";
import { decodeRows } from "../kit/codec.js";
import { make, makeSlider, openView } from "../kit/frame.js";
import { palette } from "../kit/theme.js";
import { draw, layout, nearestCount, scales, summary } from "./draw.js";

/** @param {any} packed @returns {import("./draw.js").Data} */
function unpack(packed) {
	return {
		...packed,
		probabilities: decodeRows(packed.probabilities),
		images: decodeRows(packed.images),
	};
}

/** @param {{ model: import("../kit/shim.js").Model, el: HTMLElement }} context */
export function render({ model, el }) {
	const text = model.get("text");
	const data = unpack(model.get("data"));
	const canvas = make("canvas", { role: "img" });
	const status = make("div", { role: "status", "data-role": "summary" });
	const view = openView(el, "ensemble_members", () => show());
	let boxes = layout(0);
	let ratio = 1;

	/** @param {string} name @param {number} value */
	function change(name, value) {
		model.set(name, value);
		model.save_changes();
	}
	const members = makeSlider(text.members, data.accuracy.mean.length, (i) =>
		change("members", i + 1),
	);
	const digits = makeSlider(text.digit, data.labels.length, (i) => change("digit", i));

	function show() {
		const [count, digit] = [model.get("members"), model.get("digit")];
		const words = summary(data, count, digit, text);
		members.show(count - 1, String(count));
		digits.show(digit, String(digit + 1));
		if (status.textContent !== words) status.textContent = words;
		canvas.setAttribute("aria-label", `${text.label} ${words}`);
		if (!canvas.clientWidth) return;
		const ctx = canvas.getContext("2d");
		ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
		ctx.clearRect(0, 0, canvas.width, canvas.height);
		draw(ctx, data, count, digit, boxes, text, palette(view.root));
	}

	/** @param {number} x */
	const toCount = (x) => nearestCount(data, scales(data, boxes).members.invert(x));
	/** @param {number} x @param {number} y */
	const onPanel = (x, y) =>
		x > boxes.accuracy.left - 12 && y > boxes.accuracy.top - 12 && y < boxes.accuracy.bottom + 30;

	el.append(canvas, make("div", { class: "dll-row" }, members.element, digits.element), status);
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
				members.input.focus({ preventScroll: true });
				change("members", toCount(x));
				return true;
			},
			move: (x) => change("members", toCount(x)),
			hover: (x, y) => (onPanel(x, y) ? "ew-resize" : "default"),
		},
		view.signal,
	);
	model.on("change:members", show);
	model.on("change:digit", show);
	show();
	view.ready();
	return () => {
		model.off("change:members", show);
		model.off("change:digit", show);
		view.close();
	};
}

export default { render };
