import { makeSlider } from "../kit/frame.js";
import { makeChoice, openPicture } from "../kit/picture.js";
import { fill } from "../kit/text.js";
import { choiceAt, draw, layout, summary } from "./draw.js";

/** @param {{ model: import("../kit/shim.js").Model, el: HTMLElement }} context */
export function render(context) {
	const { model } = context;
	const text = model.get("text");
	const examples = model.get("examples");
	const example = () => examples[model.get("example")];
	const picture = openPicture(context, "caption_stepper", (width) => tallest(width), show);
	const { change } = picture;
	/** @type {HTMLImageElement[]} */
	const images = examples.map((one) => {
		const image = new Image();
		image.addEventListener("load", () => show());
		image.src = one.image;
		return image;
	});
	const words = makeSlider(text.word, 2, (value) => step(value));
	const choices = makeSlider(text.choice, example().choices[0].length, (i) => change("choice", i));
	const names = examples.map((one) => one.name);
	const which = makeChoice(text.example, names, (i) => {
		model.set("choice", 0);
		model.set("word", 0);
		change("example", i);
	});

	/** The same height for all examples, so that nothing below moves. @param {number} width */
	function tallest(width) {
		const all = examples.map((one) => layout(width, one));
		return { width, height: Math.max(...all.map((one) => one.height)) };
	}
	/** Another word: greedy search again. @param {number} value */
	function step(value) {
		model.set("choice", 0);
		change("word", value);
	}
	const places = () => layout(picture.places.width, example());

	function show() {
		const one = example();
		const [word, choice] = [model.get("word"), model.get("choice")];
		const count = one.words.length;
		which.select.value = String(model.get("example"));
		words.input.max = String(count - 1);
		words.show(word, fill(text.place, { place: word + 1, count }));
		const rank = { rank: choice + 1, word: one.choices[word][choice] };
		choices.show(choice, fill(text.rank, rank));
		const image = images[model.get("example")];
		const loaded = image.complete && image.naturalWidth ? image : undefined;
		picture.tell(summary(one, word, choice, text), (ctx, colors) =>
			draw(ctx, one, loaded, word, choice, places(), text, colors),
		);
	}

	/** @param {number} x @param {number} y */
	const barAt = (x, y) => choiceAt(example(), model.get("word"), places(), x, y);
	const row = document.createElement("div");
	row.className = "dll-row";
	row.append(words.element, choices.element);
	if (examples.length > 1) row.prepend(which.element);
	return picture.open(
		[row],
		{ example: show, word: show, choice: show },
		{
			start(x, y) {
				const choice = barAt(x, y);
				if (choice === undefined) return false;
				choices.input.focus({ preventScroll: true });
				change("choice", choice);
				return false;
			},
			move() {},
			hover: (x, y) => (barAt(x, y) === undefined ? "default" : "pointer"),
		},
	);
}

export default { render };
