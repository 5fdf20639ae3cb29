import { applyTheme } from "./theme.js";

/**
 * Makes an element with attributes and children; text is always text, never markup.
 * @param {string} tag
 * @param {Record<string, any>} [attributes]
 * @param {...(Node | string)} children
 * @returns {any}
 */
export function make(tag, attributes = {}, ...children) {
	const element = document.createElement(tag);
	for (const [name, value] of Object.entries(attributes)) {
		if (value !== false && value != null) element.setAttribute(name, value === true ? "" : value);
	}
	element.append(...children);
	return element;
}

/**
 * Prepares `el` for a view: class, theme, and keys that stay inside, so that neither JupyterLab's
 * shortcuts nor the deck's page keys act while a control has the focus. Escape gives the keys back.
 * @param {HTMLElement} el
 * @param {string} name the view's folder
 * @param {() => void} [onTheme] called when the colours change
 */
export function openView(el, name, onTheme = () => {}) {
	const root = /** @type {HTMLElement} */ (el.closest(".dll-view") ?? el);
	const controller = new AbortController();
	const { signal } = controller;
	root.classList.add("dll-view");
	root.dataset.view ??= name;
	el.dataset.lmSuppressShortcuts = "true";
	el.dataset.preventSwipe = "true";
	for (const type of ["keydown", "keyup", "keypress"]) {
		el.addEventListener(type, keepKey, { signal });
	}
	applyTheme(root, signal, onTheme);
	return {
		root,
		signal,
		ready() {
			root.dataset.ready = "true";
		},
		close: () => controller.abort(),
	};
}

/** @param {any} event */
function keepKey(event) {
	event.stopPropagation();
	if (event.type === "keydown" && event.key === "Escape") event.target.blur();
}

/**
 * A labelled slider over a list of `count` positions; its words are read out instead of an index.
 * @param {string} label
 * @param {number} count
 * @param {(index: number) => void} onInput
 */
export function makeSlider(label, count, onInput) {
	const input = make("input", {
		type: "range",
		max: count - 1,
		"aria-label": label,
	});
	const output = make("output");
	const element = make("label", {}, make("span", {}, label), input, output);
	input.addEventListener("input", () => onInput(Number(input.value)));
	return {
		element,
		input,
		/** @param {number} index @param {string} words */
		show(index, words) {
			input.value = String(index);
			input.setAttribute("aria-valuetext", words);
			output.value = words;
		},
	};
}
