import { decodeRows } from "../kit/codec.js";
import { make, makeSlider } from "../kit/frame.js";
import { dragOf, openPicture } from "../kit/picture.js";
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
export function render(context) {
	const { model } = context;
	const text = model.get("text");
	const data = unpack(model.get("data"));
	const picture = openPicture(context, "ensemble_members", layout, show);
	const { change } = picture;
	const members = makeSlider(text.members, data.accuracy.mean.length, (i) =>
		change("members", i + 1),
	);
	const digits = makeSlider(text.digit, data.labels.length, (i) => change("digit", i));

	function show() {
		const [count, digit] = [model.get("members"), model.get("digit")];
		members.show(count - 1, String(count));
		digits.show(digit, String(digit + 1));
		picture.tell(summary(data, count, digit, text), (ctx, colors) =>
			draw(ctx, data, count, digit, picture.places, text, colors),
		);
	}

	/** @param {number} x */
	function dragTo(x) {
		change("members", nearestCount(data, scales(data, picture.places).members.invert(x)));
	}
	/** @param {number} x @param {number} y */
	function onPanel(x, y) {
		const { left, top, bottom } = picture.places.accuracy;
		return x > left - 12 && y > top - 12 && y < bottom + 30;
	}

	return picture.open(
		[make("div", { class: "dll-row" }, members.element, digits.element)],
		{ members: show, digit: show },
		dragOf(onPanel, () => members.input, dragTo),
	);
}

export default { render };
