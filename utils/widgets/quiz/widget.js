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
	/** @type {number[]} the choice taken for each question, -1 while open */
	let picks = [];
	/** @type {HTMLElement[]} one a question; it keeps what was answered */
	let pages = [];

	/** @param {string} label @param {() => void} go @param {boolean} [first] whether it stands out */
	function move(label, go, first = false) {
		const button = make("button", { type: "button", class: first && "dll-first" }, label);
		button.addEventListener("click", go);
		return button;
	}

	/** Makes the page of a question. @param {Item} item @param {number} i */
	function ask(item, i) {
		const choices = makeChoices(item.question, item.choices, text);
		const submit = make("button", { type: "submit", class: "dll-first" }, text.submit);
		const back = move(text.back, () => turn(i - 1));
		const next = move(text.next, () => turn(i + 1));
		back.disabled = i === 0;
		next.disabled = i === items.length - 1;
		const buttons = make("div", { class: "dll-buttons" }, submit, back, next);
		const form = make("form", {}, choices.element, buttons);
		const place = fill(text.place, { number: i + 1, count: items.length });
		const status = make("div", { role: "status", "data-role": "summary" });
		form.addEventListener("submit", (event) => {
			event.preventDefault();
			const picked = choices.chosen();
			if (picks[i] >= 0) return;
			if (picked < 0) return say(status, text.choose, "");
			picks[i] = picked;
			choices.settle(item.answer, picked);
			say(status, picked === item.answer ? text.isRight : text.isWrong, item.because);
			const onward = picks.includes(-1)
				? move(text.next, () => turn(nextOpen(i)), true)
				: move(text.finish, score, true);
			buttons.replaceChildren(back, onward);
			form.after(status, buttons);
			onward.focus({ preventScroll: true });
		});
		return make("div", {}, make("div", { class: "dll-place" }, place), form, status);
	}

	/** The next question without an answer: after `i`, else from the start. @param {number} i */
	function nextOpen(i) {
		const after = picks.indexOf(-1, i);
		return after < 0 ? picks.indexOf(-1) : after;
	}

	/** @param {number} i */
	function turn(i) {
		page.replaceChildren(pages[i]);
		const first = page.querySelector("input:not(:disabled)") ?? page.querySelector(".dll-first");
		if (first instanceof HTMLElement) first.focus({ preventScroll: true });
	}

	function start() {
		picks = items.map(() => -1);
		pages = items.map(ask);
		page.replaceChildren(pages[0]);
	}

	function score() {
		const { words, missed } = scoreWords(items, picks, text);
		const result = make("div", { role: "status", "data-role": "summary", tabindex: -1 });
		say(result, words, missed.length ? text.lookAgain : "");
		if (missed.length) {
			result.append(make("ul", {}, ...missed.map((row) => make("li", {}, row))));
		}
		const back = move(text.back, () => turn(items.length - 1));
		const again = move(text.again, () => {
			start();
			turn(0);
		});
		page.replaceChildren(result, make("div", { class: "dll-buttons" }, back, again));
		result.focus({ preventScroll: true });
	}

	const quiz = make("div", { class: "dll-ask dll-quiz" }, page, sheet(items, text));
	if (isPrinting()) quiz.dataset.print = "true";
	el.append(choicesStyle(), make("style", {}, CSS_QUIZ), quiz);
	start();
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
