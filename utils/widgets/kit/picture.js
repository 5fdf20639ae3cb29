import { fitCanvas, onDrag } from "./canvas.js";
import { make, openView } from "./frame.js";
import { palette } from "./theme.js";

/**
 * A canvas with the words beneath it, for a view whose whole state is in its model.
 * @param {{ model: import("./shim.js").Model, el: HTMLElement }} context
 * @param {string} name the view's folder
 * @param {(width: number) => any} layout the places for a width in CSS pixels; `height` is one
 * @param {() => void} show draws what the model says; called when size or colours change
 */
export function openPicture({ model, el }, name, layout, show) {
	const canvas = make("canvas", { role: "img" });
	const status = make("div", { role: "status", "data-role": "summary" });
	const view = openView(el, name, () => show());
	let ratio = 1;
	const picture = {
		canvas,
		places: layout(0),
		/** @param {string} key @param {any} value */
		change(key, value) {
			model.set(key, value);
			model.save_changes();
		},
		/** Says what is shown, and draws it. @param {string} words @param {(ctx: any, colors: any, ratio: number) => void} paint */
		tell(words, paint) {
			if (status.textContent !== words) status.textContent = words;
			canvas.setAttribute("aria-label", `${model.get("text").label} ${words}`);
			if (!canvas.clientWidth) return;
			const ctx = canvas.getContext("2d");
			ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
			ctx.clearRect(0, 0, canvas.width, canvas.height);
			paint(ctx, palette(view.root), ratio);
		},
		/**
		 * Puts picture, controls and words into the page; returns what ends it.
		 * @param {Node[]} controls @param {Record<string, () => void>} onChange by name in the model
		 * @param {Parameters<typeof onDrag>[1]} [drag]
		 */
		open(controls, onChange, drag) {
			el.append(canvas, ...controls, status);
			fitCanvas(
				canvas,
				(width) => layout(width).height,
				(width, _, dots) => {
					picture.places = layout(width);
					ratio = dots;
					show();
				},
				view.signal,
			);
			if (drag) onDrag(canvas, drag, view.signal);
			for (const [key, act] of Object.entries(onChange)) {
				model.on(`change:${key}`, act);
				view.signal.addEventListener("abort", () => model.off(`change:${key}`, act));
			}
			show();
			view.ready();
			return view.close;
		},
	};
	return picture;
}

/**
 * A drag in one part of a picture that does what a slider does.
 * @param {(x: number, y: number) => boolean} isThere
 * @param {() => HTMLElement} input the slider, which gets the focus
 * @param {(x: number, y: number) => void} move
 * @param {string} cursor
 */
export function dragOf(isThere, input, move, cursor = "ew-resize") {
	return {
		/** @param {number} x @param {number} y */
		start(x, y) {
			if (!isThere(x, y)) return false;
			input().focus({ preventScroll: true });
			move(x, y);
			return true;
		},
		move,
		/** @param {number} x @param {number} y */
		hover: (x, y) => (isThere(x, y) ? cursor : "default"),
	};
}

/** A choice of one name, by its number. @param {string} label @param {string[]} names @param {(index: number) => void} onChange */
export function makeChoice(label, names, onChange) {
	const options = names.map((name, value) => make("option", { value }, name));
	const select = make("select", { "aria-label": label }, ...options);
	select.addEventListener("change", () => onChange(Number(select.value)));
	return { select, element: make("label", {}, make("span", {}, label), select) };
}

/** A box to tick. @param {string} words @param {(isOn: boolean) => void} onChange */
export function makeSwitch(words, onChange) {
	const input = make("input", { type: "checkbox", style: "flex:none;min-height:0" });
	input.addEventListener("change", () => onChange(input.checked));
	return { input, element: make("label", {}, input, make("span", {}, words)) };
}
