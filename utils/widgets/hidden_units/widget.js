import { fitCanvas, onDrag } from "../kit/canvas.js";
import { make, makeSlider, openView } from "../kit/frame.js";
import { decodeLevels } from "../kit/levels.js";
import { fill } from "../kit/text.js";
import { palette } from "../kit/theme.js";
import {
	bitmap,
	cellWords,
	charAt,
	drawText,
	ends,
	glyph,
	MONO,
	paginate,
	ROW,
	ROWS,
	ramp,
	rowOf,
	signed,
	summary,
} from "./draw.js";
import { auc, histogram, peaks, placesIn, placesOf, strength } from "./rank.js";

const HEIGHT = ROWS * ROW;
const LISTED = 24;
const STYLE = `.dll-units{
.u-main,.u-line{display:flex;flex-wrap:wrap;gap:0 12px;margin:6px 0 0;justify-content:space-between}
.u-main>div{flex:1 1 480px;min-width:0;height:${HEIGHT + 2}px;overflow-y:auto;border:1px solid var(--dll-muted)}
.u-main>.u-list{flex:0 1 264px}
.u-main div>canvas{position:sticky;top:0}
.u-list button{display:block;width:100%;text-align:left;border:0;border-radius:0;background:none}
.u-list [aria-selected=true]{box-shadow:inset 5px 0 var(--dll-accent);background:var(--dll-soft)}
.u-list button canvas{height:28px;image-rendering:pixelated}
.u-bar{display:inline-block;width:90px;height:13px;margin:0 5px}
.u-mark{border-bottom:3px solid var(--dll-second)}
ol{columns:2 380px;margin:0;padding:0;font:14px/22px ui-monospace,Menlo,Consolas,monospace}
li{display:block;white-space:pre;overflow:hidden;margin:0}
mark{color:inherit;background:none;outline:1px solid;font-weight:700}
}`;

/** A text and the units' values on it. @param {{ text: string, states: any, truth?: any }} from */
function prepare({ text, states, truth = {} }) {
	const chars = Array.from(text);
	const levels = decodeLevels(states);
	const [units, length] = states.shape;
	const rows = Array.from({ length: units }, (_, u) =>
		levels.subarray(u * length, (u + 1) * length),
	);
	return { chars, rows, totals: rows.map(histogram), truth };
}

/** @param {{ model: import("../kit/shim.js").Model, el: HTMLElement }} context */
export function render({ model, el }) {
	const text = model.get("text");
	const data = model.get("data");
	const { numbers, scores: given } = data;
	const first = prepare(data);
	let now = first;
	let page = paginate(now.chars, 80);
	let [ratio, cell, cursor, anchor] = [1, 9, 0, 0];
	let [fresh, keep] = [true, false];
	/** @type {number | undefined} */
	let hovered;
	/** @type {number[][]} */
	let spans = [];
	/** @type {number[]} */
	let listed = [];
	/** @type {number[]} */
	let inside = [];
	let marks = new Uint8Array();
	let pixels = new Uint32Array();

	const view = openView(el, "hidden_units", recolor);
	const { signal } = view;
	/** @param {EventTarget} target @param {string} type @param {(event: any) => void} act */
	const on = (target, type, act) => target.addEventListener(type, act, { signal });
	const canvas = make("canvas", { role: "img", "aria-label": text.label });
	const sheet = make("div", {}, canvas);
	const paneNames = { tabindex: 0, role: "application", "aria-label": text.pane };
	const pane = make("div", paneNames, sheet);
	const list = make("div", { class: "u-list", role: "listbox", "aria-label": text.list });
	const names = [...new Set([...Object.keys(given), ...Object.keys(data.truth)])];
	const options = names.map((name) =>
		make("option", { value: `=${name}` }, fill(text.property, { name })),
	);
	options.push(make("option", { value: "*" }, text.byBrush));
	const select = make("select", { "aria-label": text.search }, ...options);
	const bar = make("span", { class: "u-bar" });
	const mark = make("span", { class: "u-mark" });
	const value = make("span", { "data-role": "value" });
	const heading = make("div");
	const contexts = make("ol");
	const status = make("div", { role: "status", "data-role": "summary" });
	const ground = make("canvas");
	/** @type {any} */
	let letters;

	/** @param {string} name @param {any} chosen */
	function choose(name, chosen) {
		model.set(name, chosen);
		model.save_changes();
	}
	const slider = makeSlider(text.unit, numbers.length, (i) => choose("unit", i));
	const unit = () => Math.min(model.get("unit"), numbers.length - 1);
	const search = () => model.get("search");
	const brushing = () => search() === "*";
	/** @param {number} u */
	const here = (u) => auc(now.rows[u], now.totals[u], inside);
	const top = () => Math.floor(pane.scrollTop / ROW);

	/** Ranks all units anew: another search, another brush, another text. */
	function rank() {
		const name = search().slice(1);
		inside = brushing() ? placesIn(spans) : placesOf(now.truth[name] ?? []);
		marks = new Uint8Array(now.chars.length);
		for (const place of inside) marks[place] = 1;
		const scores = (given[name] ?? numbers.map((_, u) => here(u))).map(strength);
		const order = scores.map((_, u) => u).sort((a, b) => scores[b] - scores[a]);
		listed = order.slice(0, LISTED);
		list.replaceChildren(
			...listed.map((u, i) => {
				const [score, auc] = [scores[u].toFixed(3), here(u)];
				const sign = auc >= 0.5 ? "▲" : auc < 0.5 ? "▼" : "";
				const words = fill(text.entry, { rank: i + 1, unit: numbers[u], sign, score });
				const button = make("button", { role: "option" }, words, make("canvas"));
				button.onclick = () => choose("unit", u);
				return button;
			}),
		);
		select.value = search();
		mark.textContent = inside.length
			? fill(text.marked, { name: select.selectedOptions[0].text })
			: "";
		showThumbs();
		show();
	}

	/** @param {HTMLCanvasElement} picture @param {number} u */
	function showRows(picture, u) {
		const image = bitmap(page, now.rows[u], top(), pixels);
		picture.width = image.width;
		picture.height = image.height;
		picture.getContext("2d")?.putImageData(image, 0, 0);
	}

	/** What each listed unit does on the rows that are seen. */
	function showThumbs() {
		for (const [i, u] of listed.entries()) showRows(list.children[i].lastChild, u);
	}

	/** The picture, the words and what is chosen: all that another unit changes. */
	function show() {
		const u = unit();
		const number = numbers[u];
		slider.show(u, fill(text.place, { unit: number, place: u + 1, count: numbers.length }));
		listed.forEach((other, i) => {
			list.children[i].setAttribute("aria-selected", String(other === u));
			list.children[i].tabIndex = other === u || (!i && !listed.includes(u)) ? 0 : -1;
		});
		const name = search().slice(1);
		const score = { given: given[name]?.[u], here: here(u), total: now.totals[u] };
		const found = { unit: number, name, brush: brushing(), count: inside.length, ...score };
		const words = summary(
			{ ...found, cell: cellWords(now.chars, now.rows[u], cursor, text) },
			text,
		);
		if (status.textContent !== words) status.textContent = words;
		showContexts(u);
		paint();
	}

	/** @param {number} u */
	function showContexts(u) {
		const kept = data.contexts[numbers[u]];
		const row = now.rows[u];
		/** @param {number} from @param {number} to */
		const cut = (from, to) => now.chars.slice(Math.max(0, from), to).map(glyph).join("");
		/** @type {string[][]} */
		const own =
			kept ??
			peaks(row, 6, 30).map((i) => [
				cut(i - 30, i),
				glyph(now.chars[i]),
				`${cut(i + 1, i + 11)} ${signed(row[i])}`,
			]);
		heading.textContent = fill(kept ? text.contexts : text.largest, { unit: numbers[u] });
		contexts.replaceChildren(
			...own.map(([before, char, after]) =>
				make("li", {}, before.padStart(30), make("mark", {}, char), after),
			),
		);
	}

	function paint() {
		const row = now.rows[unit()];
		const at = hovered ?? cursor;
		value.textContent = cellWords(now.chars, row, at, text);
		if (!canvas.clientWidth) return;
		showRows(ground, unit());
		const shown = { row, marks, cell, at, offset: Math.round(pane.scrollTop % ROW), first: top() };
		if (!letters) {
			letters = make("canvas", { width: canvas.width, height: canvas.height });
			const ctx = letters.getContext("2d");
			ctx.scale(ratio, ratio);
			drawText(ctx, page, shown, palette(view.root));
		}
		const ctx = canvas.getContext("2d");
		ctx.clearRect(0, 0, canvas.width, canvas.height);
		ctx.scale(ratio, ratio);
		drawText(ctx, page, shown, palette(view.root), ground);
		ctx.resetTransform();
		ctx.drawImage(letters, 0, 0);
	}

	/** Other letters than before: other rows or colours. A scroll is told before the next frame. */
	function repaint() {
		letters = undefined;
		showThumbs();
		paint();
	}

	function recolor() {
		const colors = ends(view.root.dataset.scheme === "dark");
		bar.style.background = `linear-gradient(90deg,${colors.map((rgb) => `rgb(${rgb})`)})`;
		pixels = ramp(colors);
		repaint();
	}

	/** Breaks the text anew: another width or another text. */
	function breakRows() {
		page = paginate(now.chars, Math.max(8, Math.floor(canvas.clientWidth / cell) - 1));
		sheet.style.height = `${Math.max(ROWS, page.starts.length - 1) * ROW}px`;
		repaint();
	}

	/** Moves the cursor; `extend`: brushes from where it stood, `keep`: beside what is brushed. @param {number} index @param {boolean} extend @param {boolean} more */
	function moveTo(index, extend, more) {
		cursor = Math.max(0, Math.min(now.chars.length - 1, index));
		hovered = undefined;
		const y = rowOf(page, cursor) * ROW;
		pane.scrollTop = Math.min(y, Math.max(pane.scrollTop, y + ROW - HEIGHT));
		if (!extend) {
			anchor = cursor;
			fresh = true;
			show();
			return;
		}
		if (!fresh) spans.pop();
		else if (!more) spans = [];
		fresh = false;
		spans.push([anchor, cursor]);
		if (brushing()) rank();
		else choose("search", "*");
	}

	/** @param {number} x @param {number} y */
	const under = (x, y) =>
		charAt(page, Math.floor((y + pane.scrollTop) / ROW), Math.floor(x / cell));

	/** Shows the reader's own text, or the first one again. @param {any} own */
	function take(own) {
		now = own ? prepare(own) : first;
		[spans, cursor, hovered, fresh] = [[], 0, undefined, true];
		pane.scrollTop = 0;
		breakRows();
		rank();
	}

	/** @param {any} event */
	function onKey(event) {
		const row = rowOf(page, cursor);
		const column = cursor - page.starts[row];
		/** @type {number | undefined} */
		const target = {
			ArrowLeft: cursor - 1,
			ArrowRight: cursor + 1,
			ArrowUp: charAt(page, row - 1, column),
			ArrowDown: charAt(page, row + 1, column),
			PageUp: charAt(page, row - ROWS, column),
			PageDown: charAt(page, row + ROWS, column),
			Home: page.starts[row],
			End: page.starts[row + 1] - 1,
		}[event.key];
		if (target === undefined) return;
		event.preventDefault();
		moveTo(target, event.shiftKey, event.ctrlKey || event.metaKey);
	}

	/** @param {any} event */
	function onListKey(event) {
		const side = { ArrowDown: "nextSibling", ArrowUp: "previousSibling" }[event.key];
		if (!side) return;
		event.preventDefault();
		event.target[side]?.focus();
		event.target[side]?.click();
	}

	el.classList.add("dll-units");
	const searching = make("label", {}, make("span", {}, text.search), select);
	const legend = make("span", {}, "−1", bar, "+1 · ", text.legend, " ", mark);
	el.append(
		make("style", {}, STYLE),
		make("div", { class: "dll-row" }, slider.element, searching),
		make("div", { class: "u-main" }, pane, list),
		make("div", { class: "u-line" }, legend, value),
		heading,
		contexts,
		status,
	);
	on(select, "change", () => choose("search", select.value));
	on(view.root, "dll-own-text", (event) => take(event.detail));
	on(pane, "keydown", onKey);
	on(list, "keydown", onListKey);
	on(pane, "scroll", repaint);
	on(canvas, "pointerleave", () => {
		hovered = undefined;
		paint();
	});
	fitCanvas(
		canvas,
		() => HEIGHT,
		(_width, _height, dots) => {
			ratio = dots;
			const ctx = canvas.getContext("2d");
			ctx.font = MONO;
			cell = Math.round(ctx.measureText("M").width);
			breakRows();
		},
		signal,
	);
	onDrag(
		canvas,
		{
			start(x, y, event) {
				pane.focus({ preventScroll: true });
				keep = event.ctrlKey || event.metaKey;
				moveTo(under(x, y), event.shiftKey, keep);
				return true;
			},
			move(x, y) {
				if (under(x, y) !== cursor) moveTo(under(x, y), true, keep);
			},
			hover(x, y) {
				hovered = under(x, y);
				paint();
				return "text";
			},
		},
		signal,
	);
	model.on("change:unit", show);
	model.on("change:search", rank);
	recolor();
	rank();
	view.ready();
	return () => {
		model.off("change:unit", show);
		model.off("change:search", rank);
		view.close();
	};
}

export default { render };
