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
