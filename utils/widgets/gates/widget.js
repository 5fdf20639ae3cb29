import { fitCanvas, onDrag } from "../kit/canvas.js";
import { decodeRows } from "../kit/codec.js";
import { make, makeSlider, openView } from "../kit/frame.js";
import { barColor, signedColor } from "../kit/signed.js";
import { fill } from "../kit/text.js";
import { palette } from "../kit/theme.js";
import {
	breakText,
	charAt,
	draw,
	equations,
	follow,
	isText,
	layout,
	MONO,
	rowAt,
	summary,
	under,
} from "./draw.js";

/** Two bytes a number: what the first one left over is in the second. @param {any} packed */
function precise({ coarse, fine }) {
	const rest = decodeRows(fine);
	return decodeRows(coarse).map((row, r) => row.map((value, i) => value + rest[r][i]));
}

/** @param {{ model: import("../kit/shim.js").Model, el: HTMLElement }} context */
export function render({ model, el }) {
	const text = model.get("text");
	const packed = model.get("data");
	const values = Object.entries(packed.values).map(([name, array]) => [name, precise(array)]);
	const data = { ...packed, chars: Array.from(packed.text), values: Object.fromEntries(values) };
	const last = data.chars.length - 1;
	const canvas = make("canvas", { role: "img", tabindex: 0 });
	const status = make("div", { role: "status", "data-role": "summary" });
	const sums = make("div", { "data-role": "numbers" });
	const view = openView(el, "gates", () => show());
	const { signal } = view;
	let page = breakText(data.chars, 80);
	let places = layout(0, page, 9);
	/** @type {import("./draw.js").Scroll | undefined} */
	let scroll;
	let [ratio, inText] = [0, false];

	/** @param {string} name @param {number} value */
	function choose(name, value) {
		model.set(name, value);
		model.save_changes();
	}
	const now = () => ({ row: model.get("row"), at: model.get("at") });
	/** @param {number} at */
	const goTo = (at) => choose("at", Math.max(0, Math.min(last, at)));
	const unitSlider = makeSlider(text.unit, data.units.length, (row) => choose("row", row));
	const charSlider = makeSlider(text.character, last + 1, goTo);

	function show() {
		const state = now();
		const words = summary(data, state, text);
		unitSlider.show(state.row, String(data.units[state.row]));
		charSlider.show(state.at, fill(text.place, { place: state.at + 1, count: last + 1 }));
		if (status.textContent !== words) status.textContent = words;
		equations(data, state, text).forEach((line, i) => {
			sums.children[i].textContent = line;
		});
		canvas.setAttribute("aria-label", `${text.label} ${words}`);
		if (!ratio) return;
		const middle = {
			top: rowAt(page, state.at) - (places.rows >> 1),
			first: state.at - (places.count >> 1),
		};
		scroll = follow(places, page, scroll ?? middle, state.at);
		const dark = view.root.dataset.scheme === "dark";
		const paint = {
			color: signedColor(dark),
			bar: (/** @type {number} */ value) => barColor(dark, value),
		};
		const ctx = canvas.getContext("2d");
		ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
		ctx.clearRect(0, 0, canvas.width, canvas.height);
		draw(ctx, data, state, places, page, scroll, text, palette(view.root), paint);
	}

	/** @param {any} event */
	function onKey(event) {
		const { at } = now();
		const row = rowAt(page, at);
		const column = at - page.starts[row];
		/** @type {Record<string, () => number>} */
		const targets = {
			ArrowLeft: () => at - 1,
			ArrowRight: () => at + 1,
			ArrowUp: () => charAt(page, row - 1, column),
			ArrowDown: () => charAt(page, row + 1, column),
			Home: () => page.starts[row],
			End: () => page.starts[row + 1] - 1,
		};
		if (!targets[event.key]) return;
		event.preventDefault();
		goTo(targets[event.key]());
	}

	sums.append(make("div"), make("div"));
	sums.style.cssText = "font-weight:600;min-height:2.8em";
	const controls = make("div", { class: "dll-row" }, unitSlider.element, charSlider.element);
	el.append(canvas, controls, sums, status);
	canvas.addEventListener("keydown", onKey, { signal });
	fitCanvas(
		canvas,
		(width) => {
			const ctx = canvas.getContext("2d");
			ctx.font = MONO;
			const cell = ctx.measureText("M").width;
			page = breakText(data.chars, Math.max(8, Math.floor(width / cell) - 1));
			places = layout(width, page, cell);
			scroll = undefined;
			return places.height;
		},
		(_width, _height, dots) => {
			ratio = dots;
			show();
		},
		signal,
	);
	onDrag(
		canvas,
		{
			start(x, y) {
				canvas.focus({ preventScroll: true });
				inText = isText(places, y);
				goTo(under(places, page, scroll, inText, x, y));
				return true;
			},
			move: (x, y) => goTo(under(places, page, scroll, inText, x, y)),
			hover: () => "pointer",
		},
		signal,
	);
	model.on("change:row", show);
	model.on("change:at", show);
	show();
	view.ready();
	return () => {
		model.off("change:row", show);
		model.off("change:at", show);
		view.close();
	};
}

export default { render };
