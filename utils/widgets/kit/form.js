import { make, openView } from "./frame.js";

/**
 * A form that sends what the reader typed to Python, which checks it and trains.
 * @typedef {{ name: string, label: string, value: string, options?: [string, string][],
 *   only?: string[] }} Field `only`: shown for these schedules alone
 * @param {import("./shim.js").Model} model
 * @param {HTMLElement} el
 */
function makeForm(model, el) {
	const { fields, start, stop } = model.get("form");
	/** @type {Map<string, any>} */
	const inputs = new Map();
	const row = make("div", { class: "dll-row" });
	for (const field of fields) {
		const input = makeInput(field);
		inputs.set(field.name, input);
		row.append(make("label", {}, make("span", {}, field.label), input));
	}
	const startButton = make("button", { type: "submit" }, start);
	const stopButton = make("button", { type: "button" }, stop);
	const progress = make("span", { role: "status", "data-role": "progress" });
	const problem = make("div", { role: "alert", "data-role": "problem" });
	const buttons = make(
		"div",
		{ class: "dll-buttons" },
		startButton,
		" ",
		stopButton,
		" ",
		progress,
	);
	const form = make("form", {}, row, buttons, problem);
	el.append(form);
	return { fields, inputs, form, startButton, stopButton, progress, problem };
}

/** @param {Field} field */
function makeInput(field) {
	if (!field.options) {
		const input = make("input", { type: "text", inputmode: "decimal", name: field.name, size: 8 });
		input.value = field.value;
		return input;
	}
	const options = field.options.map(([value, label]) => make("option", { value }, label));
	const select = make("select", { name: field.name }, ...options);
	select.value = field.value;
	return select;
}

/**
 * Wraps a view into its live form: the form above, the view below once there is something to show.
 * @param {string} name the view's folder
 * @param {(context: { model: any, el: HTMLElement }) => () => void} renderView
 */
export function withForm(name, renderView) {
	return (/** @type {{ model: any, el: HTMLElement }} */ { model, el }) => {
		const view = openView(el, name);
		const parts = makeForm(model, el);
		const inner = make("div");
		el.append(inner);
		/** @type {undefined | (() => void)} */
		let closeInner;
		let count = 0;

		/** @param {string} kind */
		function send(kind) {
			const values = Object.fromEntries(
				Array.from(parts.inputs, ([key, input]) => [key, input.value]),
			);
			count += 1;
			model.set("command", { kind, values, count: `${Date.now()}-${count}` });
			model.save_changes();
		}
		function sync() {
			const running = model.get("running");
			const schedule = parts.inputs.get("schedule")?.value;
			for (const { name: key, only } of parts.fields) {
				const input = parts.inputs.get(key);
				input.disabled = running;
				input.parentElement.hidden = only !== undefined && !only.includes(schedule);
			}
			parts.startButton.disabled = running;
			parts.stopButton.disabled = !running;
			parts.progress.textContent = model.get("status");
			parts.problem.textContent = [model.get("problem"), model.get("error")]
				.filter(Boolean)
				.join(" ");
			if (model.get("data") && !closeInner) closeInner = renderView({ model, el: inner });
		}

		parts.form.addEventListener("submit", (event) => {
			event.preventDefault();
			send("start");
		});
		parts.stopButton.addEventListener("click", () => send("stop"));
		parts.inputs.get("schedule")?.addEventListener("change", sync);
		const events = ["running", "status", "problem", "error", "data"].map((key) => `change:${key}`);
		for (const event of events) model.on(event, sync);
		sync();
		view.ready();
		return () => {
			for (const event of events) model.off(event, sync);
			closeInner?.();
			view.close();
		};
	};
}
