import { make, openView } from "../kit/frame.js";
import { fill, percent } from "../kit/text.js";

/** @param {{ model: import("../kit/shim.js").Model, el: HTMLElement }} context */
export function render({ model, el }) {
	const text = model.get("text");
	const view = openView(el, "image_namer");
	const input = make("input", { type: "text", name: "path", size: 40 });
	const button = make("button", { type: "submit" }, text.button);
	const field = make("label", {}, make("span", {}, text.field), input);
	const form = make("form", {}, make("div", { class: "dll-row" }, field, make("div", {}, button)));
	const problem = make("div", { role: "alert", "data-role": "problem" });
	const picture = make("img", { style: "width:224px;max-width:100%" });
	const answers = make("ol", {});
	const status = make("div", { role: "status", "data-role": "summary" }, picture, answers);
	let count = 0;

	function show() {
		problem.textContent = model.get("problem");
		const named = model
			.get("answers")
			.map(([name, share]) => make("li", {}, fill(text.answer, { name, share: percent(share) })));
		status.hidden = named.length === 0;
		picture.src = model.get("picture");
		picture.alt = fill(text.picture, { name: model.get("file") });
		answers.replaceChildren(...named);
	}

	input.value = model.get("path");
	form.addEventListener("submit", (event) => {
		event.preventDefault();
		count += 1;
		model.set("command", { path: input.value, count: `${Date.now()}-${count}` });
		model.save_changes();
	});
	el.append(form, problem, status);
	const events = ["answers", "picture", "file", "problem"].map((name) => `change:${name}`);
	for (const event of events) model.on(event, show);
	show();
	view.ready();
	return () => {
		for (const event of events) model.off(event, show);
		view.close();
	};
}

export default { render };
