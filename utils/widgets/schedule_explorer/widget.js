import { decodeRows } from "../kit/codec.js";
import { make, makeSlider } from "../kit/frame.js";
import { openPicture } from "../kit/picture.js";
import { draw, grabbed, handles, layout, scales, summary, valueWords } from "./draw.js";
import { choices, names, pick, settings } from "./runs.js";

/** @param {any} packed @returns {import("./draw.js").Data} */
function unpack(packed) {
	return { ...packed, logLoss: decodeRows(packed.logLoss) };
}

/** @param {{ model: import("../kit/shim.js").Model, el: HTMLElement }} context */
export function render(context) {
	const { model } = context;
	const text = model.get("text");
	const select = make("select", { "aria-label": text.schedule });
	const controls = make("div", { class: "dll-row" });
	const picture = openPicture(context, "schedule_explorer", layout, show);
	let data = unpack(model.get("data"));
	/** @type {Map<string, ReturnType<typeof makeSlider>>} */
	let sliders = new Map();
	/** @type {string | undefined} */
	let held;

	const index = () => Math.min(model.get("selected"), data.runs.length - 1);
	const run = () => data.runs[index()];
	/** @param {string} key @param {any} value */
	function change(key, value) {
		const next = pick(data.runs, run(), key, value);
		if (next !== index()) picture.change("selected", next);
	}

	/** Sliders for the settings of which more than one value was trained. */
	function arrange() {
		const keys = Object.keys(settings(run())).filter(
			(key) => choices(data.runs, run(), key).length > 1,
		);
		if (keys.join() === [...sliders.keys()].join()) return;
		sliders = new Map(keys.map((key) => [key, sliders.get(key) ?? newSlider(key)]));
		controls.replaceChildren(controls.firstChild, ...keys.map((key) => sliders.get(key).element));
	}

	/** @param {string} key */
	const newSlider = (key) =>
		makeSlider(text[key], 1, (i) => change(key, choices(data.runs, run(), key)[i]));

	function show() {
		arrange();
		select.value = run().name;
		for (const [key, slider] of sliders) {
			const values = choices(data.runs, run(), key);
			const value = settings(run())[key];
			slider.input.max = String(values.length - 1);
			slider.show(values.indexOf(value), valueWords(key, value, data.total));
		}
		picture.tell(summary(data, index(), text), (ctx, colors) =>
			draw(ctx, data, index(), picture.places, text, colors),
		);
	}

	function reload() {
		data = unpack(model.get("data"));
		select.replaceChildren(
			...names(data.runs).map((name) => make("option", { value: name }, text[`name_${name}`])),
		);
		show();
	}

	const at = () => scales(data, run(), picture.places).step;
	/** @param {number} x @param {number} y */
	const near = (x, y) => grabbed(handles(data, run(), picture.places.rate), at(), x, y)?.key;
	/** @param {number} x */
	function dragTo(x) {
		const share = at().invert(x) / data.total;
		const values = choices(data.runs, run(), held);
		const far = (/** @type {number} */ value) => Math.abs(value - share);
		change(
			held,
			values.reduce((a, b) => (far(b) < far(a) ? b : a)),
		);
	}

	controls.append(make("label", {}, make("span", {}, text.schedule), select));
	select.addEventListener("change", () => change("name", select.value));
	reload();
	return picture.open(
		[controls],
		{ selected: show, data: reload },
		{
			start(x, y) {
				held = near(x, y);
				if (held) sliders.get(held)?.input.focus({ preventScroll: true });
				return held !== undefined;
			},
			move: dragTo,
			hover: (x, y) => (near(x, y) ? "ew-resize" : "default"),
		},
	);
}

export default { render };
