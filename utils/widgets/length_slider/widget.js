import { make, makeSlider } from "../kit/frame.js";
import { dragOf, openPicture } from "../kit/picture.js";
import { fill } from "../kit/text.js";
import { binAt, draw, layout, mistakes, summary, wrongWords } from "./draw.js";

/** @param {{ model: import("../kit/shim.js").Model, el: HTMLElement }} context */
export function render(context) {
	const { model } = context;
	const text = model.get("text");
	/** @type {import("./draw.js").Data} */
	const data = model.get("data");
	const picture = openPicture(context, "length_slider", layout, show);
	const { change } = picture;
	const most = Math.max(...data.examples.map((row) => row.length));
	const lengths = makeSlider(text.slider, data.bins.length, (i) => change("selected", i));
	const sentences = makeSlider(text.sentence, most, (i) => change("sentence", i));
	const heads = [text.source, text.wanted, ...data.names];
	const cells = heads.map(() => make("td", { style: `${CELL};overflow-wrap:anywhere` }));
	const rows = heads.map((head, i) =>
		make("tr", {}, make("th", { style: `${CELL};white-space:nowrap;width:1%` }, head), cells[i]),
	);
	const table = make("table", { style: "border-collapse:collapse;width:100%" }, ...rows);

	function show() {
		const bin = model.get("selected");
		const own = data.examples[bin];
		const place = Math.min(model.get("sentence"), own.length - 1);
		lengths.show(bin, data.bins[bin]);
		sentences.input.max = String(own.length - 1);
		sentences.show(place, fill(text.place, { place: place + 1, count: own.length }));
		const { source, target, answers } = own[place];
		cells[0].textContent = source.join(" ");
		cells[1].textContent = target.join(" ");
		answers.forEach((answer, k) => {
			cells[k + 2].replaceChildren(...marked(answer, target, text));
		});
		picture.tell(summary(data, bin, place, text), (ctx, colors) =>
			draw(ctx, data, bin, picture.places.chart, text, colors),
		);
	}

	/** @param {number} x @param {number} y */
	function onChart(x, y) {
		const { left, right, top, bottom } = picture.places.chart;
		return x > left - 10 && x < right + 10 && y > top && y < bottom + 30;
	}
	/** @param {number} x */
	const dragTo = (x) => change("selected", binAt(data, picture.places.chart, x));
	return picture.open(
		[make("div", { class: "dll-row" }, lengths.element, sentences.element), table],
		{ selected: show, sentence: show },
		dragOf(onChart, () => lengths.input, dragTo),
	);
}

const CELL = "padding:1px 12px 1px 0;text-align:left;vertical-align:top;font-size:15px";

/** An answer whose wrong words are bold and underlined. @param {string[]} answer @param {string[]} target @param {Record<string, string>} text */
function marked(answer, target, text) {
	const wrong = wrongWords(answer, target);
	const parts = answer.flatMap((word, i) => [
		" ",
		wrong[i] ? make("u", { style: "font-weight:700" }, word) : word,
	]);
	const words = answer.length ? parts : [` ${text.missing}`];
	return [mistakes(answer, target) ? text.wrong : text.right, ...words];
}

export default { render };
