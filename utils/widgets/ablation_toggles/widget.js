import { fitCanvas, onDrag } from "../kit/canvas.js";
import { make, openView } from "../kit/frame.js";
import { palette } from "../kit/theme.js";
import { draw, layout, PARTS, rowAt, summary, switched } from "./draw.js";

/** @param {{ model: import("../kit/shim.js").Model, el: HTMLElement }} context */
export function render({ model, el }) {
	const text = model.get("text");
	/** @type {import("./draw.js").Data} */
	const data = model.get("data");
	const canvas = make("canvas", { role: "img" });
	const status = make("div", { role: "status", "data-role": "summary" });
	const view = openView(el, "ablation_toggles", () => show());
	let boxes = layout(0);
	let ratio = 1;

	/** @param {number} row */
	function choose(row) {
		model.set("row", row);
		model.save_changes();
	}
	const toggles = PARTS.map((part, i) => {
		const input = make("input", { type: "checkbox", style: "flex:none;min-height:22px" });
		input.addEventListener("change", () => choose(switched(data, model.get("row"), i)));
		return { input, label: make("label", {}, input, make("span", {}, text[part])) };
	});
	const answers = data.source.map(() => make("td"));
	const table = sentences(data, text, answers);

	function show() {
		const row = model.get("row");
		const words = summary(data, row, text);
		toggles.forEach(({ input }, i) => {
			input.checked = Boolean(data.on[row][i]);
		});
		answers.forEach((cell, i) => {
			const answer = data.answers[row][i];
			const right = answer === data.target[i];
			cell.textContent = `${right ? text.right : text.wrong} ${answer}`;
		});
		if (status.textContent !== words) status.textContent = words;
		canvas.setAttribute("aria-label", `${text.label} ${words}`);
		if (!canvas.clientWidth) return;
		const ctx = canvas.getContext("2d");
		ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
		ctx.clearRect(0, 0, canvas.width, canvas.height);
		draw(ctx, data, row, boxes, text, palette(view.root));
	}

	const row = make("div", { class: "dll-row", role: "group" }, ...toggles.map((t) => t.label));
	row.style.gridTemplateColumns = "repeat(auto-fit,minmax(140px,1fr))";
	el.append(row, canvas, status, table);
	fitCanvas(
		canvas,
		(width) => layout(width).height,
		(width, _, dots) => {
			boxes = layout(width);
			ratio = dots;
			show();
		},
		view.signal,
	);
	/** @param {number} x @param {number} y */
	const pick = (x, y) => {
		const found = rowAt(data, boxes.ways, x, y);
		if (found >= 0) choose(found);
		return found >= 0;
	};
	onDrag(
		canvas,
		{
			start: pick,
			move: pick,
			hover: (x, y) => (rowAt(data, boxes.ways, x, y) < 0 ? "default" : "pointer"),
		},
		view.signal,
	);
	// A click on a bar leaves the focus with the switch that has it, so that Space still acts.
	canvas.addEventListener("mousedown", (event) => event.preventDefault(), { signal: view.signal });
	model.on("change:row", show);
	show();
	view.ready();
	return () => {
		model.off("change:row", show);
		view.close();
	};
}

/** The example sentences, with a place for what the model writes. @param {import("./draw.js").Data} data @param {any} text @param {HTMLElement[]} answers */
function sentences(data, text, answers) {
	const style = "padding:1px 8px 1px 0;text-align:left;vertical-align:top;font-size:14px";
	const widths = ["38%", "30%", "32%"]; // fixed: the table must not move with the answers
	const head = [text.source, text.target, text.answer].map((word, i) =>
		make("th", { style: `${style};width:${widths[i]}` }, word),
	);
	const rows = data.source.map((words, i) => {
		answers[i].setAttribute("style", style);
		const fixed = [words, data.target[i]].map((part) => make("td", { style }, part));
		return make("tr", {}, ...fixed, answers[i]);
	});
	return make(
		"table",
		{ style: "border-collapse:collapse;margin:2px 0;width:100%;table-layout:fixed" },
		make("thead", {}, make("tr", {}, ...head)),
		make("tbody", {}, ...rows),
	);
}

export default { render };
