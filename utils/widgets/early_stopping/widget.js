import { decodeRows } from "../kit/codec.js";
import { make, makeSlider } from "../kit/frame.js";
import { dragOf, makeChoice, openPicture } from "../kit/picture.js";
import { draw, layout, nearestPatience, scales, summary } from "./draw.js";

/** @param {any} packed @returns {import("./draw.js").Data} */
function unpack(packed) {
	const names = ["trainAccuracy", "valAccuracy", "trainLoss", "valLoss"];
	return {
		...packed,
		...Object.fromEntries(names.map((name) => [name, decodeRows(packed[name])])),
	};
}

/** @param {{ model: import("../kit/shim.js").Model, el: HTMLElement }} context */
export function render(context) {
	const { model } = context;
	const text = model.get("text");
	const data = unpack(model.get("data"));
	const picture = openPicture(context, "early_stopping", layout, show);
	const { change } = picture;
	const row = () => model.get("row");
	const seed = () => row() % data.seeds;
	const patienceSlider = makeSlider(text.patience, data.kept[0].length, (i) =>
		change("patience", i + 1),
	);
	const seedSlider = makeSlider(text.seed, data.seeds, (i) => change("row", row() - seed() + i));
	const labels = makeChoice(text.labels, data.conditions, (i) =>
		change("row", i * data.seeds + seed()),
	);

	function show() {
		const patience = model.get("patience");
		patienceSlider.show(patience - 1, String(patience));
		seedSlider.show(seed(), String(seed()));
		labels.select.value = String(Math.floor(row() / data.seeds));
		picture.tell(summary(data, row(), patience, text), (ctx, colors) =>
			draw(ctx, data, row(), patience, picture.places, text, colors),
		);
	}

	/** @param {number} x */
	function dragTo(x) {
		const at = scales(data, row(), picture.places).patience;
		change("patience", nearestPatience(data, at.invert(x)));
	}
	/** @param {number} x @param {number} y */
	function onPanel(x, y) {
		const { left, top, bottom } = picture.places.test;
		return x > left - 12 && y > top - 12 && y < bottom + 30;
	}

	const controls = [patienceSlider, seedSlider, labels].map(({ element }) => element);
	return picture.open(
		[make("div", { class: "dll-row" }, ...controls)],
		{ row: show, patience: show },
		dragOf(onPanel, () => patienceSlider.input, dragTo),
	);
}

export default { render };
