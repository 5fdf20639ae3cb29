import { fitCanvas, onDrag } from "../kit/canvas.js";
import { decode } from "../kit/codec.js";
import { make, makeSlider, openView } from "../kit/frame.js";
import { barColor, signedColor } from "../kit/signed.js";
import { fill } from "../kit/text.js";
import { palette } from "../kit/theme.js";
import { draw, layout, numbers, stepAt, summary, unitAt } from "./draw.js";

const PACE = 800; // milliseconds a time step

/**
 * A matrix as a picture, one pixel a number.
 * @param {import("../kit/codec.js").Packed} packed @param {(value: number) => number[]} color
 */
function matrixPicture(packed, color) {
	const [height, width] = packed.shape;
	const picture = make("canvas", { width, height });
	const pixels = new ImageData(width, height);
	decode(packed).forEach((value, i) => {
		pixels.data.set([...color(value / packed.high), 255], 4 * i);
	});
	picture.getContext("2d").putImageData(pixels, 0, 0);
	return picture;
}

/** @param {{ model: import("../kit/shim.js").Model, el: HTMLElement }} context */
export function render({ model, el }) {
	const text = model.get("text");
	/** @type {any} */
	const data = model.get("data");
	const steps = data.fromInput[0].length;
	const units = data.bias.length;
	const canvas = make("canvas", { role: "img", tabindex: 0 });
	const status = make("div", { role: "status", "data-role": "summary" });
	const sums = make("div", { "data-role": "numbers" });
	const play = make("button", { type: "button" });
	const options = data.truth.map((_, i) =>
		make("option", { value: i }, fill(text.clipName, { place: i + 1, count: data.truth.length })),
	);
	const select = make("select", { "aria-label": text.clip }, ...options);
	const view = openView(el, "unrolled_rnn", () => {
		recolor();
		show();
	});
	const { signal } = view;
	const sheet = new Image();
	let [width, ratio, loaded, timer, first] = [0, 1, false, 0, 0];
	/** @type {{ step: number, unit: number } | undefined} */
	let hovered;
	/** @type {any} */
	let paint;

	/** @param {string} name @param {number} value */
	function choose(name, value) {
		model.set(name, value);
		model.save_changes();
	}
	const now = () => ({ clip: model.get("clip"), step: model.get("step"), unit: model.get("unit") });
	const places = () => {
		const at = layout(width, data, now().step, first);
		first = at.first;
		return at;
	};
	/** @param {number} step */
	const goTo = (step) => choose("step", Math.max(0, Math.min(steps, step)));
	/** @param {number} unit */
	const pick = (unit) => choose("unit", Math.max(0, Math.min(units - 1, unit)));
	const timeSlider = makeSlider(text.time, steps + 1, (step) => {
		pause();
		goTo(step);
	});
	const unitSlider = makeSlider(text.unit, units, pick);

	function recolor() {
		const dark = view.root.dataset.scheme === "dark";
		const color = signedColor(dark);
		const weights = { wx: matrixPicture(data.wx, color), wh: matrixPicture(data.wh, color) };
		paint = { color, weights, bar: (value) => barColor(dark, value) };
	}

	function show() {
		const state = now();
		const words = summary(data, state, text);
		timeSlider.show(state.step, fill(text.place, { step: state.step, steps }));
		unitSlider.show(state.unit, String(state.unit));
		select.value = String(state.clip);
		play.textContent = timer ? text.pause : text.play;
		if (status.textContent !== words) status.textContent = words;
		sums.textContent = numbers(data, { ...state, ...hovered }, text);
		canvas.setAttribute("aria-label", `${text.label} ${words}`);
		if (!width) return;
		const ctx = canvas.getContext("2d");
		ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
		ctx.clearRect(0, 0, canvas.width, canvas.height);
		const at = places();
		paint.sheet = loaded ? sheet : undefined;
		draw(
			ctx,
			data,
			{ ...state, unit: hovered?.unit ?? state.unit },
			at,
			text,
			palette(view.root),
			paint,
		);
	}

	function pause() {
		clearInterval(timer);
		timer = 0;
	}
	function toggle() {
		if (timer) pause();
		else {
			goTo(now().step === steps ? 0 : now().step + 1);
			timer = setInterval(() => {
				if (now().step + 1 >= steps || !el.isConnected) pause();
				goTo(now().step + 1);
			}, PACE);
		}
		show();
	}

	/** @param {any} event */
	function onKey(event) {
		const { step, unit } = now();
		/** @type {Record<string, () => void>} */
		const acts = {
			ArrowLeft: () => goTo(step - 1),
			ArrowRight: () => goTo(step + 1),
			ArrowUp: () => pick(unit - 1),
			ArrowDown: () => pick(unit + 1),
			Home: () => goTo(0),
			End: () => goTo(steps),
			" ": toggle,
		};
		if (!acts[event.key]) return;
		event.preventDefault();
		if (event.key !== " ") pause();
		acts[event.key]();
	}

	/** @param {number} x @param {number} y */
	function under(x, y) {
		const at = places();
		const unit = unitAt(at, units, x, y);
		const step = stepAt(at, x);
		return unit === undefined || step > now().step ? undefined : { step, unit };
	}

	recolor();
	const clips = make("label", {}, make("span", {}, text.clip), select, play);
	el.append(
		canvas,
		make("div", { class: "dll-row" }, timeSlider.element, unitSlider.element, clips),
		sums,
		status,
	);
	sums.style.cssText = "font-weight:600;min-height:1.4em";
	play.style.minWidth = "5.5em";
	play.addEventListener("click", toggle);
	select.addEventListener("change", () => choose("clip", Number(select.value)));
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
		(w) => layout(w, data, 0).height,
		(w, _, dots) => {
			[width, ratio] = [w, dots];
			show();
		},
		signal,
	);
	onDrag(
		canvas,
		{
			start(x, y) {
				pause();
				hovered = undefined;
				canvas.focus({ preventScroll: true });
				const found = unitAt(places(), units, x, y);
				if (found !== undefined) pick(found);
				goTo(stepAt(places(), x));
				return true;
			},
			move: (x) => goTo(stepAt(places(), x)),
			hover(x, y) {
				hovered = under(x, y);
				show();
				return "pointer";
			},
		},
		signal,
	);
	for (const name of ["clip", "step", "unit"]) model.on(`change:${name}`, show);
	sheet.addEventListener("load", () => {
		loaded = true;
		show();
	});
	sheet.src = data.sheet;
	show();
	view.ready();
	return () => {
		pause();
		for (const name of ["clip", "step", "unit"]) model.off(`change:${name}`, show);
		view.close();
	};
}

export default { render };
