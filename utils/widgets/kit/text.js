/**
 * Puts values into a sentence of the view's string table: `fill("rate {rate}", { rate: 0.1 })`.
 * @param {string} template
 * @param {Record<string, string | number>} values
 */
export function fill(template, values) {
	return template.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}

/**
 * A number with three significant digits, without exponents a student must decode for long.
 * @param {number} value
 */
export function short(value) {
	if (value === 0 || !Number.isFinite(value)) return String(value);
	const size = Math.abs(value);
	if (size < 1e-4 || size >= 1e5)
		return value.toExponential(1).replace("e-", "e−").replace("e+", "e");
	return String(Number(value.toPrecision(size < 1 ? 2 : 3)));
}

/** @param {number} share of 1 */
export function percent(share) {
	return `${(100 * share).toFixed(1)}\u00a0%`;
}
