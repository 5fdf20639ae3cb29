import { make, makeSlider } from "../kit/frame.js";
import { makeSwitch, openPicture } from "../kit/picture.js";
import { fill } from "../kit/text.js";
import { draw, equations, layout, summary, wordAt } from "./draw.js";

/** @param {{ model: import("../kit/shim.js").Model, el: HTMLElement }} context */
export function render(context) {
	const { model } = context;
	const text = model.get("text");
	/** @type {import("./draw.js").Data} */
	const data = model.get("data");
	const numbers = make("div", { "data-role": "numbers" });
	const picture = openPicture(context, "qkv", (width) => layout(data, width || 1000), show);

	/** @param {string} name @param {number | boolean} value */
	function choose(name, value) {
		if (model.get(name) !== value) picture.change(name, value);
	}
	const slider = makeSlider(text.slider, data.words.length, (i) => choose("focus", i));
	const width = data.q[0].length;
	const scaled = makeSwitch(fill(text.scaled, { width }), (isOn) => choose("scaled", isOn));
	const causal = makeSwitch(text.causal, (isOn) => choose("causal", isOn));

	function show() {
		const now = {
			focus: Math.min(model.get("focus"), data.words.length - 1),
			scaled: model.get("scaled"),
			causal: model.get("causal"),
		};
		slider.show(now.focus, fill(text.place, { word: data.words[now.focus] }));
		scaled.input.checked = now.scaled;
		causal.input.checked = now.causal;
		numbers.replaceChildren(...equations(data, now, text).map((sum) => make("div", {}, sum)));
		picture.tell(summary(data, now, text), (ctx, colors) => {
			ctx.scale(picture.places.scale, picture.places.scale);
			draw(ctx, data, now, picture.places, text, colors);
		});
	}

	/** @param {number} _ @param {number} y */
	const goTo = (_, y) => choose("focus", wordAt(data, picture.places, y));
	const controls = [slider, scaled, causal].map(({ element }) => element);
	return picture.open(
		[make("div", { class: "dll-row" }, ...controls), numbers],
		{ focus: show, scaled: show, causal: show },
		{
			start(x, y) {
				slider.input.focus({ preventScroll: true });
				goTo(x, y);
				return true;
			},
			move: goTo,
			hover(x, y) {
				goTo(x, y);
				return "pointer";
			},
		},
	);
}

export default { render };
