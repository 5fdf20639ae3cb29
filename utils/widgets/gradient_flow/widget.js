import { make, makeSlider } from "../kit/frame.js";
import { dragOf, makeSwitch, openPicture } from "../kit/picture.js";
import { draw, layout, nearestValue, summary } from "./draw.js";

/** @param {{ model: import("../kit/shim.js").Model, el: HTMLElement }} context */
export function render(context) {
	const { model } = context;
	const text = model.get("text");
	/** @type {import("./draw.js").Data} */
	const data = model.get("data");
	const picture = openPicture(context, "gradient_flow", layout, show);
	const { change } = picture;
	const slider = makeSlider(text.slider, data.values.length, (i) => change("selected", i));
	const switches = data.cells.map((cell, c) =>
		makeSwitch(text[cell], (isOn) => {
			change(
				"shown",
				model.get("shown").map((on, i) => (i === c ? isOn : on)),
			);
		}),
	);

	function show() {
		const selected = Math.min(model.get("selected"), data.values.length - 1);
		const shown = model.get("shown");
		slider.show(selected, data.values[selected].toFixed(2));
		switches.forEach(({ input }, c) => {
			input.checked = shown[c];
		});
		picture.tell(summary(data, selected, shown, text), (ctx, colors) =>
			draw(ctx, data, selected, shown, picture.places, text, colors),
		);
	}

	/** @param {number} x @param {number} y */
	function onChart(x, y) {
		const { left, right, bottom } = picture.places;
		return x > left - 12 && x < right && y > 0 && y < bottom + 12;
	}
	/** @param {number} _ @param {number} y */
	function dragTo(_, y) {
		change("selected", nearestValue(data, picture.places, y));
	}

	const rows = [[slider], switches].map((row) =>
		make("div", { class: "dll-row" }, ...row.map(({ element }) => element)),
	);
	return picture.open(
		rows,
		{ selected: show, shown: show },
		dragOf(onChart, () => slider.input, dragTo, "ns-resize"),
	);
}

export default { render };
