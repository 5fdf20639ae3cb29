import { fitCanvas, onDrag } from "../kit/canvas.js";
import { make, makeSlider, openView } from "../kit/frame.js";
import { decodeShares } from "../kit/levels.js";
import { fill } from "../kit/text.js";
import { palette } from "../kit/theme.js";
import { cellAt, draw, layout, peakCell, summary, wordAt } from "./draw.js";

const PACE = 1000; // milliseconds a word

/** @param {{ model: import("../kit/shim.js").Model, el: HTMLElement }} context */
export function render({ model, el }) {
	const text = model.get("text");
	const examples = model.get("examples").map((one) => ({
		...one,
		grid: one.weights.shape.slice(1),
		weights: decodeShares(one.weights),
	}));
	const canvas = make("canvas", { role: "img", tabindex: 0 });
	const status = make("div", { role: "status", "data-role": "summary" });
	const play = make("button", { type: "button", style: "min-width:6.5em" });
	const view = openView(el, "image_attention", () => show());
	const { signal } = view;
	const isStill = matchMedia("(prefers-reduced-motion: reduce)");
	let [example] = examples;
	let word = model.get("word");
	let [width, ratio, timer] = [0, 1, 0];
	/** @type {number | undefined} */
	let cell;
	/** @type {HTMLImageElement[]} */
	const images = examples.map((one) => {
		const image = new Image();
		image.addEventListener("load", () => show());
		image.src = one.image;
		return image;
	});

	/** @param {number} value */
	function goTo(value) {
		word = Math.max(0, Math.min(example.words.length - 1, value));
		cell = undefined;
		show();
	}
	/** The reader's own step ends the playing. @param {number} value */
	function step(value) {
		pause();
		goTo(value);
	}
	/** The cell to tell about, one row or column on. @param {number} rows @param {number} columns */
	function move(rows, columns) {
		const [height, across] = example.grid;
		const from = cell ?? peakCell(example, word).cell;
		const row = Math.max(0, Math.min(height - 1, Math.floor(from / across) + rows));
		cell = row * across + Math.max(0, Math.min(across - 1, (from % across) + columns));
		show();
	}
	function pause() {
		clearInterval(timer);
		timer = 0;
	}
	function toggle() {
		const last = example.words.length - 1;
		if (timer) pause();
		else {
			goTo(word === last ? 0 : word + 1);
			// A reader who asked for less motion gets one word for each press.
			if (isStill.matches) return;
			timer = setInterval(() => {
				if (word + 1 >= last || !el.isConnected) pause();
				goTo(word + 1);
			}, PACE);
		}
		show();
	}

	const options = examples.map(({ name }, i) => make("option", { value: i }, name));
	const select = make("select", { "aria-label": text.example }, ...options);
	const slider = makeSlider(text.word, 2, step);

	function show() {
		const words = summary(example, word, cell, text);
		const count = example.words.length;
		slider.input.max = String(count - 1);
		slider.show(word, fill(text.place, { place: word + 1, count }));
		play.textContent = isStill.matches ? text.next : timer ? text.pause : text.play;
		if (status.textContent !== words) status.textContent = words;
		canvas.setAttribute("aria-label", `${text.label} ${words} ${text.keys}`);
		if (!width) return;
		const ctx = canvas.getContext("2d");
		ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
		ctx.clearRect(0, 0, canvas.width, canvas.height);
		const image = images[examples.indexOf(example)];
		const loaded = image.complete && image.naturalWidth ? image : undefined;
		draw(ctx, example, loaded, word, cell, layout(width, example), palette(view.root));
	}

	/** @param {any} event */
	function onKey(event) {
		const shift = event.shiftKey;
		/** @type {Record<string, () => void>} */
		const acts = {
			ArrowLeft: () => (shift ? move(0, -1) : step(word - 1)),
			ArrowRight: () => (shift ? move(0, 1) : step(word + 1)),
			ArrowUp: () => shift && move(-1, 0),
			ArrowDown: () => shift && move(1, 0),
			Home: () => step(0),
			End: () => step(example.words.length - 1),
			" ": toggle,
		};
		if (!acts[event.key]) return;
		event.preventDefault();
		acts[event.key]();
	}

	const row = make("div", { class: "dll-row" }, slider.element, make("div", {}, play));
	if (examples.length > 1) row.prepend(make("label", {}, text.example, select));
	const legend = make("div", { style: "color:var(--dll-muted)" }, text.legend);
	el.append(canvas, row, status, legend);
	play.addEventListener("click", toggle);
	select.addEventListener("change", () => {
		example = examples[Number(select.value)];
		step(0);
	});
	isStill.addEventListener(
		"change",
		() => {
			pause();
			show();
		},
		{ signal },
	);
	canvas.addEventListener("keydown", onKey, { signal });
	canvas.addEventListener(
		"pointerleave",
		() => {
			cell = undefined;
			show();
		},
		{ signal },
	);
	fitCanvas(
		canvas,
		(wide) => Math.max(...examples.map((one) => layout(wide, one).height)),
		(wide, _, dots) => {
			[width, ratio] = [wide, dots];
			show();
		},
		signal,
	);
	onDrag(
		canvas,
		{
			start(x, y) {
				canvas.focus({ preventScroll: true });
				const found = wordAt(layout(width, example), x, y);
				if (found !== undefined) step(found);
				return false;
			},
			move() {},
			hover(x, y) {
				const at = layout(width, example);
				cell = cellAt(example, at, x, y);
				show();
				return wordAt(at, x, y) === undefined ? "" : "pointer";
			},
		},
		signal,
	);
	show();
	view.ready();
	return () => {
		pause();
		view.close();
	};
}

export default { render };
