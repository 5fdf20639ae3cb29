import { decodeRows } from "../kit/codec.js";
import { make, makeSlider } from "../kit/frame.js";
import { dragOf, openPicture } from "../kit/picture.js";
import { short } from "../kit/text.js";
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
export function render(context) {
	const { model } = context;
	const text = model.get("text");
	const back = document.createElement("canvas");
	const picture = openPicture(context, "learning_rate_sweep", layout, repaint);
	const { canvas, change } = picture;
	let data = unpack(model.get("data"));
	let isStale = true;

	const index = () => Math.min(model.get("selected"), data.rates.length - 1);
	const slider = makeSlider(text.slider, data.rates.length, (i) => change("selected", i));

	function show() {
		slider.show(index(), short(data.rates[index()]));
		picture.tell(summary(data, index(), text), (ctx, colors, ratio) => {
			if (isStale) renew(colors, ratio);
			ctx.setTransform(1, 0, 0, 1, 0, 0);
			ctx.drawImage(back, 0, 0);
			ctx.scale(ratio, ratio);
			drawCurrent(ctx, data, index(), picture.places, text, colors);
		});
	}

	/** What a drag does not change is drawn once. @param {any} colors @param {number} ratio */
	function renew(colors, ratio) {
		back.width = canvas.width;
		back.height = canvas.height;
		const ctx = back.getContext("2d");
		ctx.scale(ratio, ratio);
		drawBackground(ctx, data, picture.places, text, colors);
		isStale = false;
	}

	function repaint() {
		isStale = true;
		show();
	}

	function reload() {
		data = unpack(model.get("data"));
		slider.input.max = String(data.rates.length - 1);
		repaint();
	}

	/** @param {number} x */
	function dragTo(x) {
		change("selected", nearestRate(data.rates, scales(data, picture.places).rate.invert(x)));
	}
	/** @param {number} x @param {number} y */
	function onPanel(x, y) {
		const { left, top, bottom } = picture.places.final;
		return x > left - 12 && y > top - 40 && y < bottom + 30;
	}

	return picture.open(
		[make("div", { class: "dll-row" }, slider.element)],
		{ selected: show, data: reload },
		dragOf(onPanel, () => slider.input, dragTo),
	);
}

export default { render };
