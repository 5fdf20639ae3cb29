import { fill } from "../kit/text.js";

/** @typedef {{ question: string, choices: string[], answer: number, because: string }} Item */

/** @param {number} index @returns {string} a, b, c … */
export function letter(index) {
	return String.fromCharCode(97 + index);
}

/**
 * The score in words, and what to look at again.
 * @param {Item[]} items
 * @param {number[]} picks one a question
 * @param {Record<string, string>} text
 * @returns {{ words: string, missed: string[] }}
 */
export function scoreWords(items, picks, text) {
	const wrong = items.filter((item, i) => picks[i] !== item.answer);
	const count = items.length;
	const right = count - wrong.length;
	const key = right === count ? "all" : right ? "some" : "none";
	return {
		words: fill(text[key], { right, count }),
		missed: wrong.map(({ question, choices, answer }) =>
			fill(text.row, { question, answer: choices[answer] }),
		),
	};
}
