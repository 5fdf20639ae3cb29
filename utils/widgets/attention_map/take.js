import { make } from "../kit/frame.js";

/**
 * Saves a file from the page itself: no server, no network.
 * @param {HTMLElement} el @param {Blob} blob @param {string} name
 */
export function saveFile(el, blob, name) {
	const href = URL.createObjectURL(blob);
	const link = make("a", { href, download: name, hidden: true });
	el.append(link);
	link.click();
	link.remove();
	setTimeout(() => URL.revokeObjectURL(href), 10_000);
	return name;
}

/**
 * Copies words; where the page may not, they stand in a text area, selected, to be copied by hand.
 * @param {HTMLElement} box @param {string} words @param {string} label
 */
export async function copyWords(box, words, label) {
	box.replaceChildren();
	try {
		await navigator.clipboard.writeText(words);
		return true;
	} catch {
		const area = make("textarea", { "aria-label": label, rows: 4, readonly: true, wrap: "off" });
		area.style.cssText = "width:100%;color:inherit;background:var(--dll-soft)";
		area.value = words;
		box.append(area);
		area.select();
		return document.execCommand("copy");
	}
}
