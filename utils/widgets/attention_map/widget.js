import { fitCanvas, onDrag } from "../kit/canvas.js";
import { make, makeSlider, openView } from "../kit/frame.js";
import { decodeShares } from "../kit/levels.js";
import { fill } from "../kit/text.js";
import { palette } from "../kit/theme.js";
import { draw, layout, summary, table, under } from "./draw.js";
import { svgContext } from "./svg.js";
import { copyWords, saveFile } from "./take.js";

// pixels of the picture's width
const NARROW = 680;
const NONE = { row: -1, column: -1 };

/** @param {{ model: import("../kit/shim.js").Model, el: HTMLElement }} context */
export function render({ model, el }) {
	const text = model.get("text");
	const examples = model
		.get("examples")
		.map((one) => ({ ...one, weights: decodeShares(one.weights) }));
	const canvas = make("canvas", { role: "img", tabindex: 0 });
	const status = make("div", { role: "status", "data-role": "summary" });
	const note = make("span", { role: "status" });
	const box = make("div");
	const view = openView(el, "attention_map", () => show());
	const { signal } = view;
	const pen = canvas.getContext("2d");
	let [example] = examples;
	let step = model.get("step");
	let [width, zoom, ratio] = [0, 1, 1];
	let pinned = NONE;
	/** @type {import("./draw.js").Focus | undefined} */
	let hovered;
	/** @type {import("./draw.js").Places} */
	let at;

	const isNone = () => pinned.row < 0 && pinned.column < 0;
	const focus = () => hovered ?? (isNone() ? { row: step - 1, column: -1 } : pinned);
	/** @param {number} value */
	function goTo(value) {
		step = Math.max(0, Math.min(example.target.length, value));
		pin(NONE);
	}
	/** A second time lets go. @param {import("./draw.js").Focus} [found] */
	function pin(found = NONE) {
		const isSame = found.row === pinned.row && found.column === pinned.column;
		pinned = isSame ? NONE : found;
		hovered = undefined;
		show();
	}
	/** One row or one column on. @param {number} rows @param {number} columns */
	function movePin(rows, columns) {
		const { row, column } = focus();
		const next = {
			row: Math.max(-1, Math.min(step - 1, row + rows)),
			column: Math.max(-1, Math.min(example.source.length - 1, column + columns)),
		};
		if (next.row !== row || next.column !== column) pin(next);
	}

	/** @param {string} name @param {() => void} act */
	function button(name, act) {
		const made = make("button", { type: "button" }, text[name]);
		made.addEventListener("click", act);
		return made;
	}
	const options = examples.map(({ name }, i) => make("option", { value: i }, name));
	const select = make("select", { "aria-label": text.example }, ...options);
	const slider = makeSlider(text.step, 2, goTo);
	const back = button("back", () => goTo(step - 1));
	const next = button("next", () => goTo(step + 1));

	function show() {
		const count = example.target.length;
		const said = summary(example, step, focus(), text);
		const words = isNone() ? said : `${said} ${text.pinned}`;
		slider.input.max = String(count);
		slider.show(step, fill(text.place, { step, count }));
		back.disabled = !step;
		next.disabled = step === count;
		if (status.textContent !== words) status.textContent = words;
		canvas.setAttribute("aria-label", `${text.label} ${words} ${text.keys}`);
		if (!width) return;
		at = layout(width, example, measure);
		pen.setTransform(ratio, 0, 0, ratio, 0, 0);
		pen.clearRect(0, 0, canvas.width, canvas.height);
		paint(pen);
	}
	/** @param {any} ctx */
	function paint(ctx) {
		draw(ctx, example, step, focus(), at, text, palette(view.root));
		return ctx;
	}
	/** @param {string} words @param {string} [font] */
	function measure(words, font = "14px system-ui, sans-serif") {
		pen.font = font;
		return pen.measureText(words).width;
	}

	/** @param {any} event */
	function onKey(event) {
		const shift = event.shiftKey;
		/** @type {Record<string, () => void>} */
		const acts = {
			ArrowLeft: () => (shift ? movePin(0, -1) : goTo(step - 1)),
			ArrowRight: () => (shift ? movePin(0, 1) : goTo(step + 1)),
			ArrowUp: () => movePin(-1, 0),
			ArrowDown: () => movePin(1, 0),
			Home: () => goTo(0),
			End: () => goTo(99),
			Enter: () => pin(focus()),
		};
		if (!acts[event.key]) return;
		event.preventDefault();
		acts[event.key]();
	}

	/** @param {Blob} blob @param {string} ending */
	function save(blob, ending) {
		const name = `attention-${examples.indexOf(example) + 1}.${ending}`;
		saveFile(el, blob, name);
		note.textContent = fill(text.saved, { name });
	}
	function savePng() {
		const copy = make("canvas", { width: 2 * width, height: 2 * at.height });
		const ctx = copy.getContext("2d");
		ctx.scale(2, 2);
		paint(ctx);
		copy.toBlob((/** @type {Blob} */ blob) => save(blob, "png"));
	}
	function saveSvg() {
		const file = paint(svgContext(width, at.height, measure)).file(status.textContent);
		save(new Blob([file], { type: "image/svg+xml" }), "svg");
	}
	async function copyNumbers() {
		const isDone = await copyWords(box, table(example), text.numbers);
		note.textContent = isDone ? text.copied : text.copyByHand;
	}

	const takes = [button("png", savePng), button("svg", saveSvg), button("copy", copyNumbers)];
	const row = make("div", { class: "dll-row" }, slider.element, make("div", {}, back, " ", next));
	if (examples.length > 1) row.prepend(make("label", {}, text.example, select));
	for (const taken of takes) row.lastChild.append(" ", taken);
	el.append(canvas, row, note, box, status);
	select.addEventListener("change", () => {
		example = examples[Number(select.value)];
		goTo(99);
	});
	canvas.addEventListener("keydown", onKey, { signal });
	canvas.addEventListener(
		"pointerleave",
		() => {
			hovered = undefined;
			show();
		},
		{ signal },
	);
	fitCanvas(
		canvas,
		(wide) => {
			// A narrow page shows the same picture, only smaller.
			width = Math.max(NARROW, wide);
			zoom = wide / width;
			return zoom * Math.max(...examples.map((one) => layout(width, one, measure).height));
		},
		(_wide, _tall, dots) => {
			ratio = dots * zoom;
			show();
		},
		signal,
	);
	const find = (/** @type {number} */ x, /** @type {number} */ y) =>
		under(at, step, x / zoom, y / zoom);
	onDrag(
		canvas,
		{
			start(x, y) {
				canvas.focus({ preventScroll: true });
				pin(find(x, y));
				return false;
			},
			move() {},
			hover(x, y) {
				hovered = find(x, y);
				show();
				return hovered ? "pointer" : "";
			},
		},
		signal,
	);
	show();
	view.ready();
	return () => view.close();
}

export default { render };
