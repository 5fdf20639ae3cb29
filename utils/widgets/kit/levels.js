/**
 * The bytes of a packed array, row after row: 0 is `low`, 254 is `high`, 255 is missing.
 * @typedef {{ shape: number[], low: number, high: number, data: string }} Packed
 * @param {Packed} packed made by utils/widgets/codec.py
 */
export function decodeLevels(packed) {
	const text = atob(packed.data);
	const levels = new Uint8Array(text.length);
	for (let i = 0; i < text.length; i++) levels[i] = text.charCodeAt(i);
	return levels;
}

/**
 * Rows of numbers from 0 to `high`: one for each first index, the rest one after another.
 * @param {Packed} packed
 * @returns {number[][]}
 */
export function decodeShares(packed) {
	const values = Array.from(decodeLevels(packed), (level) => (packed.high * level) / 254);
	const rows = packed.shape[0];
	const long = values.length / rows;
	return Array.from({ length: rows }, (_, i) => values.slice(i * long, (i + 1) * long));
}
