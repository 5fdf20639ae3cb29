import { decodeLevels } from "./levels.js";

/**
 * Mirror of utils/widgets/codec.py: one byte a number, 255 for a missing one.
 * @typedef {import("./levels.js").Packed} Packed
 * @param {Packed} packed
 * @returns {Float32Array} row after row; missing numbers are NaN
 */
export function decode(packed) {
	const { low, high } = packed;
	return Float32Array.from(decodeLevels(packed), (level) =>
		level === 255 ? Number.NaN : low + (level / 254) * (high - low),
	);
}

/**
 * @param {Packed} packed two dimensions
 * @returns {Float32Array[]} one array a row, sharing memory
 */
export function decodeRows(packed) {
	const values = decode(packed);
	const [rows, columns] = packed.shape;
	return Array.from({ length: rows }, (_, i) => values.subarray(i * columns, (i + 1) * columns));
}
