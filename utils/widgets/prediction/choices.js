import { make } from "../kit/frame.js";

/** Rules of predictions and quizzes; on a slide the type is larger. */
const CHOICES_CSS = `.dll-view .dll-ask{font-size:16px;line-height:1.4;
form,fieldset{border:0;margin:0;padding:0;min-width:0}
legend{font-weight:600;font-size:1.1em;line-height:1.3;padding:0;margin:0 0 .5em;text-wrap:pretty}
.dll-choice{display:flex;gap:.6em;align-items:baseline;padding:.25em .5em;margin:.1em 0;border-left:4px solid transparent;border-radius:3px;cursor:pointer;max-width:44em}
.dll-choice>span{white-space:normal}
.dll-choice>input{flex:none;width:1.05em;height:1.05em;min-height:0;padding:0;margin:0;align-self:baseline;translate:0 .15em;accent-color:var(--dll-accent);opacity:1}
.dll-choice:hover:not([data-settled]){background:var(--dll-soft)}
.dll-choice[data-settled]{cursor:default}
.dll-choice[data-settled]>input{visibility:hidden}
.dll-choice[data-mark]{background:var(--dll-soft)}
.dll-choice[data-mark=right]{border-color:var(--dll-accent)}
.dll-choice[data-mark=wrong]{border-color:var(--dll-second)}
.dll-mark{font-weight:600}
[data-mark=right] .dll-mark{color:var(--dll-accent)}
[data-mark=wrong] .dll-mark{color:var(--dll-second)}
.dll-buttons{display:flex;flex-wrap:wrap;gap:.6em;margin:.7em 0 0}
.dll-buttons>button{padding:.3em .9em}
.dll-buttons>.dll-first{background:var(--dll-accent);border-color:var(--dll-accent);color:var(--dll-ground);font-weight:600}
[data-role=summary]{margin:.7em 0 0;text-wrap:pretty;max-width:44em}
}
.reveal .dll-view .dll-ask{font-size:22px}
@media print{.dll-view .dll-ask .dll-buttons{display:none}}`;

/** @returns {HTMLElement} the shared rules, for the view's own root */
export function choicesStyle() {
	return make("style", {}, CHOICES_CSS);
}

/** Whether the page was opened to be printed: then everything is shown. */
export function isPrinting() {
	return /print-pdf/.test(location.search);
}

/**
 * One question with its choices as radio buttons, in a form of its own (so that a second view of
 * the same cell does not share them).
 * @param {string} question
 * @param {string[]} choices
 * @param {{ right: string, wrong: string }} marks words beside the right and a wrong choice
 */
export function makeChoices(question, choices, marks) {
	const rows = choices.map((choice, i) => {
		const input = make("input", { type: "radio", name: "choice", value: i });
		const row = make("label", { class: "dll-choice" }, input, make("span", {}, choice));
		return { row, input };
	});
	const elements = rows.map(({ row }) => row);
	const element = make("fieldset", {}, make("legend", {}, question), ...elements);
	return {
		element,
		chosen: () => rows.findIndex(({ input }) => input.checked),
		focus: () => rows[0].input.focus({ preventScroll: true }),
		/** Ends the choosing and marks. @param {number} answer @param {number} picked or -1 */
		settle(answer, picked) {
			rows.forEach(({ row, input }, i) => {
				input.disabled = true;
				row.dataset.settled = "true";
				if (i !== answer && i !== picked) return;
				row.dataset.mark = i === answer ? "right" : "wrong";
				row.append(make("span", { class: "dll-mark" }, i === answer ? marks.right : marks.wrong));
			});
		},
	};
}

/**
 * Says a verdict in a status line: its first words in bold.
 * @param {HTMLElement} status
 * @param {string} first
 * @param {string} rest
 */
export function say(status, first, rest) {
	status.replaceChildren(make("strong", {}, first), rest ? ` ${rest}` : "");
}
