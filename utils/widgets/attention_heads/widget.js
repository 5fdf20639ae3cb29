import { make, makeSlider } from "../kit/frame.js";
import { decodeLevels } from "../kit/levels.js";
import { makeChoice, openPicture } from "../kit/picture.js";
import { drawChoice, drawGrid, layout, offset, pixels, summary, under } from "./draw.js";

/** @param {{ model: import("../kit/shim.js").Model, el: HTMLElement }} context */
export function render({ model, el }) {
	const state = {
		tokens: model.get("tokens"),
		found: model.get("found"),
		text: model.get("text"),
	};
	const { tokens, found, text } = state;
	const packed = model.get("weights");
	const { shape } = packed;
	const heads = { shape, levels: decodeLevels(packed) };
	const pen = make("canvas").getContext("2d");
	pen.font = "14px system-ui, sans-serif";
	const widths = tokens.map((/** @type {string} */ token) => pen.measureText(token).width);
	/** @type {number | undefined} */
	let hovered;
	/** The small maps, kept until size or colours change. */
	let grid = { key: "", canvas: make("canvas") };
	let large = { key: "", canvas: make("canvas") };

	const picture = openPicture(
		{ model, el },
		"attention_heads",
		(width) => layout(width, shape, widths),
		show,
	);
	/** What is chosen, or looked at in passing. */
	const choice = () => ({
		layer: model.get("layer"),
		head: model.get("head"),
		token: hovered ?? model.get("token"),
	});
	/** @param {string} accent as the palette writes it: #rrggbb */
	const rgb = (accent) => [1, 3, 5].map((i) => Number.parseInt(accent.slice(i, i + 2), 16));
	/** One head, a dot a weight. @param {{ layer: number, head: number }} one @param {string} accent */
	function mapOf(one, accent) {
		const canvas = make("canvas", { width: shape[2], height: shape[2] });
		const from = offset(heads, { ...one, token: 0 });
		const image = new ImageData(pixels(heads, from, rgb(accent)), shape[2]);
		canvas.getContext("2d").putImageData(image, 0, 0);
		return canvas;
	}
	/** @param {any} colors @param {number} ratio */
	function gridOf(colors, ratio) {
		const at = picture.places;
		const key = [at.width, ratio, colors.accent, colors.ground].join();
		if (grid.key === key) return grid.canvas;
		const canvas = make("canvas", { width: at.width * ratio, height: at.height * ratio });
		const ctx = canvas.getContext("2d");
		ctx.scale(ratio, ratio);
		drawGrid(ctx, at, (layer, head) => mapOf({ layer, head }, colors.accent), text, colors);
		grid = { key, canvas };
		return canvas;
	}
	/** @param {any} colors */
	function largeOf(colors) {
		const { layer, head } = choice();
		const key = [layer, head, colors.accent].join();
		if (large.key !== key) large = { key, canvas: mapOf({ layer, head }, colors.accent) };
		return large.canvas;
	}

	function show() {
		const now = choice();
		layers.show(now.layer, String(now.layer + 1));
		columns.show(now.head, String(now.head + 1));
		words.show(now.token, tokens[now.token]);
		if (jump) {
			const place = found.findIndex(
				(/** @type {any} */ one) => one.layer === now.layer && one.head === now.head,
			);
			jump.select.value = String(place + 1);
		}
		picture.tell(summary(heads, now, state), (ctx, colors, ratio) => {
			const { width, height } = picture.places;
			if (!width) return; // not measured yet
			ctx.drawImage(gridOf(colors, ratio), 0, 0, width, height);
			drawChoice(ctx, heads, now, picture.places, largeOf(colors), state, colors);
		});
	}
	/** @param {Record<string, number>} values */
	function go(values) {
		hovered = undefined;
		const most = { layer: shape[0], head: shape[1], token: shape[2] };
		for (const [key, value] of Object.entries(values))
			picture.change(key, Math.max(0, Math.min(most[key] - 1, value)));
	}
	const layers = makeSlider(text.layer, shape[0], (layer) => go({ layer }));
	const columns = makeSlider(text.head, shape[1], (head) => go({ head }));
	const words = makeSlider(text.token, shape[2], (token) => go({ token }));
	const options = [text.none, ...found.map(named)];
	const jump = found.length
		? makeChoice(text.found, options, (place) => {
				if (place) go({ layer: found[place - 1].layer, head: found[place - 1].head });
				else show();
			})
		: undefined;
	/** @param {any} one */
	function named(one) {
		return `${one.layer + 1}.${one.head + 1} ${one.name}`;
	}

	/** @param {any} event */
	function onKey(event) {
		const { layer, head } = choice();
		const token = model.get("token");
		const step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
		const isSideways = event.key === "ArrowLeft" || event.key === "ArrowRight";
		if (event.key === "Home") go({ token: 0 });
		else if (event.key === "End") go({ token: shape[2] - 1 });
		else if (!step) return;
		else if (event.shiftKey) go({ token: token + step });
		else go(isSideways ? { head: head + step } : { layer: layer + step });
		event.preventDefault();
	}
	/** @param {number | undefined} token */
	function pass(token) {
		if (token === hovered) return;
		hovered = token;
		show();
	}
	const { canvas } = picture;
	canvas.tabIndex = 0;
	canvas.addEventListener("keydown", onKey);
	canvas.addEventListener("pointerleave", () => pass(undefined));
	const drag = {
		/** @param {number} x @param {number} y */
		start(x, y) {
			const place = under(picture.places, x, y);
			if (place) go(/** @type {any} */ (place));
			return Boolean(place);
		},
		/** @param {number} x @param {number} y */
		move(x, y) {
			const place = under(picture.places, x, y);
			if (place) go(/** @type {any} */ (place));
		},
		/** @param {number} x @param {number} y */
		hover(x, y) {
			const place = under(picture.places, x, y);
			pass(place && "token" in place ? place.token : undefined);
			return place ? "pointer" : "default";
		},
	};
	const controls = [layers, columns, words, jump].flatMap((one) => (one ? [one.element] : []));
	const row = make("div", { class: "dll-row" }, ...controls);
	const keys = make("div", { style: "font-size:13px;color:var(--dll-muted)" }, text.keys);
	const onChange = { layer: show, head: show, token: show };
	return picture.open([row, keys], onChange, drag);
}

export default { render };
