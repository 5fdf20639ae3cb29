import { make } from "./frame.js";

/**
 * Puts the HTML of another view into `el` and runs its scripts (innerHTML alone does not).
 * @param {HTMLElement} el
 * @param {string} html made by `View.html()` or by the course, never typed by a reader
 */
export function insertHtml(el, html) {
	el.innerHTML = html;
	for (const old of el.querySelectorAll("script")) {
		const attributes = Object.fromEntries(Array.from(old.attributes, (a) => [a.name, a.value]));
		old.replaceWith(make("script", attributes, old.textContent ?? ""));
	}
}
