import { decodeRows } from "../kit/codec.js";
import { make, makeSlider } from "../kit/frame.js";
import { dragOf, makeChoice, openPicture } from "../kit/picture.js";
import { draw, layout, nearestLength, scales, summary } from "./draw.js";

/** @param {{ model: import("../kit/shim.js").Model, el: HTMLElement }} context */
export function render(context) {
	const { model } = context;
	const text = model.get("text");
	const packed = model.get("data");
	const data = {
		...packed,
		reach: decodeRows(packed.reach),
		range: [packed.reach.low, packed.reach.high],
	};
	const picture = openPicture(context, "chunk_length", layout, show);
	const { change } = picture;
	const slider = makeSlider(text.length, data.lengths.length, (i) => change("row", i));
	const mode = makeChoice(text.training, [text.carried, text.reset], (i) => change("mode", i));

	function show() {
		const now = [model.get("row"), model.get("mode")];
		slider.show(now[0], String(data.lengths[now[0]]));
		mode.select.value = String(now[1]);
		picture.tell(summary(data, now[0], now[1], text), (ctx, colors) =>
			draw(ctx, data, now[0], now[1], picture.places, text, colors),
		);
	}

	/** @param {number} x */
	function dragTo(x) {
		change("row", nearestLength(data, scales(data, picture.places).before.invert(x)));
	}
	/** @param {number} x @param {number} y */
	function onPanel(x, y) {
		const { left, top, bottom } = picture.places.reach;
		return x > left - 6 && y > top && y < bottom + 30;
	}

	return picture.open(
		[make("div", { class: "dll-row" }, slider.element, mode.element)],
		{ row: show, mode: show },
		dragOf(onPanel, () => slider.input, dragTo),
	);
}

export default { render };
