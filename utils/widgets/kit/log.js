import { linearScale } from "./axis.js";

/** The same with equal ratios equally far apart. @type {typeof linearScale} */
export function logScale(a, b, from, to) {
	const inner = linearScale(Math.log10(a), Math.log10(b), from, to);
	/** @param {number} value */
	const scale = (value) => inner(Math.log10(value));
	/** @param {number} pixel */
	scale.invert = (pixel) => 10 ** inner.invert(pixel);
	return scale;
}

/** Powers of ten from `low` to `high`. @param {number} low @param {number} high */
export function powerTicks(low, high) {
	const ticks = [];
	for (let e = Math.ceil(Math.log10(low) - 1e-9); e <= Math.log10(high) + 1e-9; e++) ticks.push(e);
	return ticks.map((e) => Number(`1e${e}`));
}
