import { make, openView } from "../kit/frame.js";

/**
 * The box for the reader's own text. What the network made of it goes to the view above.
 * @param {{ model: import("../kit/shim.js").Model, el: HTMLElement }} context
 */
export function render({ model, el }) {
	const text = model.get("text");
	const view = openView(el, "own_text");
	const area = make("textarea", {
		rows: 5,
		"aria-label": text.field,
		placeholder: text.hint,
		spellcheck: "false",
		style: "width:100%;font:15px ui-monospace,monospace;color:inherit;background:var(--dll-soft)",
	});
	const button = make("button", { type: "submit" }, text.button);
	const back = make("button", { type: "button", hidden: true }, text.back);
	const status = make("span", { role: "status" });
	const problem = make("div", { role: "alert", "data-role": "problem" });
	const form = make(
		"form",
		{},
		make("div", {}, text.field),
		area,
		button,
		" ",
		back,
		" ",
		status,
		problem,
	);
	let count = 0;

	function show() {
		status.textContent = model.get("status");
		problem.textContent = model.get("problem");
	}
	/** @param {any} detail the reader's text, or nothing for the view's first one */
	function give(detail) {
		back.hidden = !detail;
		for (const root of document.querySelectorAll(`[id="${model.get("target")}"]`))
			root.dispatchEvent(new CustomEvent("dll-own-text", { detail }));
	}
	const answered = () => give(model.get("answer"));
	back.addEventListener("click", () => give(undefined));
	form.addEventListener("submit", (event) => {
		event.preventDefault();
		count += 1;
		model.set("command", { typed: area.value, count: `${Date.now()}-${count}` });
		model.save_changes();
	});
	el.append(form);
	const events = ["change:status", "change:problem"];
	for (const event of events) model.on(event, show);
	model.on("change:answer", answered);
	show();
	view.ready();
	return () => {
		for (const event of events) model.off(event, show);
		model.off("change:answer", answered);
		view.close();
	};
}

export default { render };
