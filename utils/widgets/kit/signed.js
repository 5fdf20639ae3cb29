/** Colours and words of signed values: blue +1, the ground 0, red -1, in every view. */
const LIGHT = [
	[251, 120, 108],
	[255, 255, 255],
	[96, 165, 250],
];
const DARK = [
	[181, 48, 42],
	[20, 24, 29],
	[29, 98, 196],
];

/**
 * A colour for each value from -1 to 1; values beyond take the colour of the end.
 * @param {boolean} dark
 * @returns {(value: number) => number[]} red, green, blue; letters in the page's ink stay legible
 */
export function signedColor(dark) {
	const [minus, zero, plus] = dark ? DARK : LIGHT;
	return (value) => {
		const end = value > 0 ? plus : minus;
		const share = Math.min(1, Math.abs(value));
		return zero.map((from, i) => Math.round(from + (end[i] - from) * share));
	};
}

/** Darker in a light page, lighter in a dark one: bars that stand on the colours. @param {boolean} dark @param {number} value */
export function barColor(dark, value) {
	if (value > 0) return dark ? "#a9d1ff" : "#0b4ea2";
	return dark ? "#ffb4ab" : "#a3190f";
}

/** A number with a real minus sign. @param {number} value @param {number} digits after the point */
export function signed(value, digits = 2) {
	const words = Math.abs(value).toFixed(digits);
	return value < 0 && Number(words) !== 0 ? `−${words}` : words;
}

/** The same inside a sum or product: a negative number in brackets. @param {number} value @param {number} digits */
export function term(value, digits = 2) {
	const words = signed(value, digits);
	return words.startsWith("−") ? `(${words})` : words;
}

/** A whole number as an index: x₁₂. @param {number} value */
export function subscript(value) {
	const digits = Array.from(String(value), (digit) => String.fromCharCode(0x2080 + Number(digit)));
	return digits.join("");
}
