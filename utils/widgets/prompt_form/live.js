import { make, openView } from "../kit/frame.js";
import { insertHtml } from "../kit/nested.js";

/**
 * A field, its button, and the view of Python's answer below.
 * @param {{ model: import("../kit/shim.js").Model, el: HTMLElement }} context
 */
export function render({ model, el }) {
	const text = model.get("text");
	const view = openView(el, model.get("name"));
	const input = make("input", { type: "text", name: "prompt", size: 50, spellcheck: "false" });
	const button = make("button", { type: "submit" }, text.button);
	const field = make("label", {}, make("span", {}, text.field), input);
	const note = make("div", { role: "status" });
	const problem = make("div", { role: "alert", "data-role": "problem" });
	const form = make("form", {}, make("div", { class: "dll-row" }, field, make("div", {}, button)));
	const inner = make("div");
	let count = 0;

	function show() {
		note.textContent = model.get("note");
		problem.textContent = model.get("problem");
	}
	function renew() {
		if (model.get("view")) insertHtml(inner, model.get("view"));
	}
	input.value = model.get("prompt");
	form.addEventListener("submit", (event) => {
		event.preventDefault();
		count += 1;
		model.set("command", { prompt: input.value, count: `${Date.now()}-${count}` });
		model.save_changes();
	});
	el.append(form, note, problem, inner);
	for (const name of ["note", "problem"]) model.on(`change:${name}`, show);
	model.on("change:view", renew);
	show();
	renew();
	view.ready();
	return () => {
		for (const name of ["note", "problem"]) model.off(`change:${name}`, show);
		model.off("change:view", renew);
		view.close();
	};
}

export default { render };
