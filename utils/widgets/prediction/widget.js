import { make, openView } from "../kit/frame.js";
import { fill } from "../kit/text.js";
import { choicesStyle, isPrinting, makeChoices, say } from "./choices.js";

/** The hidden plot keeps its room, so nothing jumps when it appears. */
const CSS_PREDICTION = `.dll-view .dll-predict{container-type:inline-size;
.dll-ask{display:grid;gap:14px 28px;align-items:start}
.dll-plot{position:relative;min-width:0;min-height:5em}
.dll-plot img{display:block;max-width:100%;height:auto;margin:0 auto;background:#fff;border-radius:4px}
.dll-cover{position:absolute;inset:0;display:grid;place-items:center;padding:1em;text-align:center;color:var(--dll-muted);border:2px dashed var(--dll-line);border-radius:8px}
.dll-plot[data-hidden]>[data-role=reveal]{visibility:hidden}
.dll-plot:not([data-hidden])>.dll-cover{display:none}
@container (min-width:820px){.dll-ask:has(>.dll-plot>[data-kind=picture]){grid-template-columns:minmax(270px,34%) minmax(0,1fr)}}
@media print{.dll-plot>[data-role=reveal]{visibility:visible!important}.dll-cover{display:none}}
}`;

/** @param {{ model: import("../kit/shim.js").Model, el: HTMLElement }} context */
export function render({ model, el }) {
	const text = model.get("text");
	const choices = model.get("choices");
	const answer = model.get("answer");
	const view = openView(el, "prediction");
	const ask = makeChoices(model.get("question"), choices, text);
	const skip = make("button", { type: "button" }, text.skip);
	const submit = make("button", { type: "submit", class: "dll-first" }, text.submit);
	const buttons = make("div", { class: "dll-buttons" }, submit, skip);
	const status = make("div", { role: "status", "data-role": "summary", tabindex: -1 });
	const form = make("form", {}, ask.element, buttons);
	const plot = takePlot(el, text.hidden);

	/** @param {number} picked the choice, or -1 for none */
	function reveal(picked) {
		ask.settle(answer, picked);
		buttons.remove();
		if (plot) delete plot.dataset.hidden;
		const words = { picked: choices[picked], answer: choices[answer] };
		const first = picked === answer ? text.isRight : fill(text.happened, words);
		const before = picked < 0 || picked === answer ? "" : `${text.isWrong} `;
		say(status, before + first, model.get("because"));
		el.dataset.answered = String(picked);
	}

	form.addEventListener("submit", (event) => {
		event.preventDefault();
		if (ask.chosen() < 0) return say(status, text.choose, "");
		reveal(ask.chosen());
		status.focus({ preventScroll: true });
	});
	skip.addEventListener("click", () => {
		reveal(-1);
		status.focus({ preventScroll: true });
	});
	const words = make("div", {}, form, status);
	el.classList.add("dll-predict");
	el.append(
		choicesStyle(),
		make("style", {}, CSS_PREDICTION),
		make("div", { class: "dll-ask" }, words, ...(plot ? [plot] : [])),
	);
	if (isPrinting()) reveal(-1);
	view.ready();
	return view.close;
}

/**
 * Moves what is to be revealed out of the script-less version, covered. A view in it is a live
 * one already or comes alive in its place: its own script finds it by its id.
 * @param {HTMLElement} el
 * @param {string} words
 * @returns {HTMLElement | undefined}
 */
function takePlot(el, words) {
	const found = el.parentElement?.querySelector(
		':scope > [data-role="poster"] [data-role="reveal"]',
	);
	if (!found) return undefined;
	return make(
		"div",
		{ class: "dll-plot", "data-hidden": true },
		found,
		make("div", { class: "dll-cover" }, words),
	);
}

export default { render };
