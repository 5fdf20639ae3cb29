import { make, makeSlider } from "../kit/frame.js";
import { dragOf, makeChoice, openPicture } from "../kit/picture.js";
import { fill } from "../kit/text.js";
import { draw, emojiAt, layout, nearestShot, summary } from "./draw.js";

/** @param {{ model: import("../kit/shim.js").Model, el: HTMLElement }} context */
export function render(context) {
	const { model } = context;
	const text = model.get("text");
	/** @type {import("./draw.js").Data & { sheet: string }} */
	const data = model.get("data");
	const sheet = new Image();
	const each = data.truth.filter((label) => label === data.truth[0]).length;
	const picture = openPicture(
		context,
		"shot_slider",
		(width) => layout(width, data.names.length, each),
		show,
	);
	const { change } = picture;
	const shots = makeSlider(text.slider, data.shots.length, (i) => change("selected", i));
	const emoji = makeSlider(text.emoji, data.truth.length, (i) => change("emoji", i));
	const method = makeChoice(text.method, data.methods, (i) => change("method", i));
	let ready = false;

	function show() {
		const now = {
			shot: Math.min(model.get("selected"), data.shots.length - 1),
			method: model.get("method"),
			emoji: model.get("emoji"),
		};
		shots.show(now.shot, String(data.shots[now.shot]));
		const place = { place: now.emoji + 1, count: data.truth.length };
		emoji.show(now.emoji, fill(text.place, place));
		method.select.value = String(now.method);
		picture.tell(summary(data, now, text), (ctx, colors) =>
			draw(ctx, data, now, picture.places, text, colors, ready ? sheet : undefined),
		);
	}

	/** @param {number} x @param {number} y */
	const under = (x, y) => emojiAt(data, picture.places.grid, x, y);
	/** @param {number} x @param {number} y */
	function onChart(x, y) {
		const { left, right, top, bottom } = picture.places.chart;
		return x > left - 12 && x < right + 12 && y > top - 12 && y < bottom + 40;
	}
	/** @param {number} x */
	const dragTo = (x) => change("selected", nearestShot(data, picture.places.chart, x));
	const chart = dragOf(onChart, () => shots.input, dragTo);

	sheet.addEventListener("load", () => {
		ready = true;
		show();
	});
	sheet.src = data.sheet;
	const controls = [shots, method, emoji].map(({ element }) => element);
	return picture.open(
		[make("div", { class: "dll-row" }, ...controls)],
		{ selected: show, method: show, emoji: show },
		{
			...chart,
			start(x, y) {
				const found = under(x, y);
				if (found < 0) return chart.start(x, y);
				emoji.input.focus({ preventScroll: true });
				change("emoji", found);
				return false;
			},
			hover: (x, y) => (under(x, y) >= 0 ? "pointer" : chart.hover(x, y)),
		},
	);
}

export default { render };
