import { make, openView } from "../kit/frame.js";
import { fill } from "../kit/text.js";
import { choicesStyle, isPrinting, makeChoices, say } from "../prediction/choices.js";
import { letter, scoreWords } from "./score.js";

const CSS_QUIZ = `.dll-view .dll-quiz{
.dll-place{color:var(--dll-muted);margin:0 0 .4em}
.dll-page{min-height:15em}
ul{margin:.4em 0 0;padding-left:1.2em;list-style:disc}
li{margin:0 0 .3em;padding:0;font-size:1em}
.dll-sheet{display:none;columns:2;column-gap:2.5em;font-size:.8em}
.dll-sheet>div{break-inside:avoid;margin:0 0 .7em}
.dll-sheet strong{display:block}
&[data-print]{.dll-page{display:none}.dll-sheet{display:block}}
@media print{.dll-page{display:none}.dll-sheet{display:block}}
}`;

/** @typedef {import("./score.js").Item} Item */

/** @param {{ model: import("../kit/shim.js").Model, el: HTMLElement }} context */
export function render({ model, el }) {
	const text = model.get("text");
	/** @type {Item[]} */
	const items = model.get("items");
	const view = openView(el, "quiz");
	const page = make("div", { class: "dll-page" });
	const status = make("div", { role: "status", "data-role": "summary", tabindex: -1 });
	/** @type {number[]} */
	let picks = [];

	/** @param {string} label @param {() => void} go */
	function onward(label, go) {
		const button = make("button", { type: "button", class: "dll-first" }, label);
		button.addEventListener("click", go);
		return make("div", { class: "dll-buttons" }, button);
	}

	function ask() {
		const number = picks.length + 1;
		const item = items[number - 1];
		const choices = makeChoices(item.question, item.choices, text);
		const submit = make("button", { type: "submit", class: "dll-first" }, text.submit);
		const buttons = make("div", { class: "dll-buttons" }, submit);
		const form = make("form", {}, choices.element, buttons);
		const place = fill(text.place, { number, count: items.length });
		status.replaceChildren();
		page.replaceChildren(make("div", { class: "dll-place" }, place), form, status);
		form.addEventListener("submit", (event) => {
			event.preventDefault();
			const picked = choices.chosen();
			if (picked < 0) return say(status, text.choose, "");
			picks.push(picked);
			choices.settle(item.answer, picked);
			say(status, picked === item.answer ? text.isRight : text.isWrong, item.because);
			const last = picks.length === items.length;
			const more = onward(last ? text.finish : text.next, last ? score : askAnother);
			buttons.remove();
			page.append(more);
			more.firstChild.focus({ preventScroll: true });
		});
		return choices;
	}

	const askAnother = () => ask().focus();

	function score() {
		const { words, missed } = scoreWords(items, picks, text);
		say(status, words, missed.length ? text.lookAgain : "");
		if (missed.length) {
			status.append(make("ul", {}, ...missed.map((row) => make("li", {}, row))));
		}
		const again = onward(text.again, () => {
			picks = [];
			askAnother();
		});
		page.replaceChildren(status, again);
		status.focus({ preventScroll: true });
	}

	const quiz = make("div", { class: "dll-ask dll-quiz" }, page, sheet(items, text));
	if (isPrinting()) quiz.dataset.print = "true";
	el.append(choicesStyle(), make("style", {}, CSS_QUIZ), quiz);
	ask();
	view.ready();
	return view.close;
}

/**
 * All questions on one sheet, for paper.
 * @param {Item[]} items
 * @param {Record<string, string>} text
 */
function sheet(items, text) {
	const blocks = items.map((item, i) => {
		const rows = item.choices.map((choice, k) => make("div", {}, `${letter(k)}) ${choice}`));
		return make("div", {}, make("strong", {}, `${i + 1}. ${item.question}`), ...rows);
	});
	const key = items.map((item, i) => `${i + 1} ${letter(item.answer)}`).join(", ");
	return make("div", { class: "dll-sheet" }, ...blocks, make("div", {}, `${text.answers} ${key}`));
}

export default { render };
