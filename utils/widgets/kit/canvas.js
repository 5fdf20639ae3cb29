/**
 * Keeps a canvas as sharp as the screen and tells when it must be drawn anew. Works in a hidden
 * slide (drawn once it gets a size) and in a deck that scales its slides.
 * @param {HTMLCanvasElement} canvas
 * @param {(width: number) => number} heightFor CSS height for a CSS width
 * @param {(width: number, height: number, ratio: number) => void} onSize CSS pixels and dots a pixel
 * @param {AbortSignal} signal
 */
export function fitCanvas(canvas, heightFor, onSize, signal) {
	const fit = () => {
		const width = canvas.clientWidth;
		if (!width) return;
		const height = Math.round(heightFor(width));
		const scale = canvas.getBoundingClientRect().width / width || 1;
		const ratio = Math.min(3, Math.max(1, devicePixelRatio * scale));
		canvas.style.height = `${height}px`;
		canvas.width = Math.round(width * ratio);
		canvas.height = Math.round(height * ratio);
		onSize(width, height, ratio);
	};
	const observer = new ResizeObserver(fit);
	observer.observe(canvas);
	addEventListener("resize", fit, { signal });
	signal.addEventListener("abort", () => observer.disconnect());
}

/**
 * Calls back with pointer positions in the canvas's own CSS pixels while a drag lasts. Ratios of
 * the bounding box keep it right where a deck scales the page.
 * @param {HTMLCanvasElement} canvas
 * @param {{ start: (x: number, y: number, event: PointerEvent) => boolean, move: (x: number, y: number) => void,
 *   hover: (x: number, y: number) => string }} on `start` says whether to take the
 *   drag; `hover` returns the cursor
 * @param {AbortSignal} signal
 */
export function onDrag(canvas, on, signal) {
	let dragging = false;
	/** @param {PointerEvent} event @returns {[number, number]} */
	const place = (event) => {
		const box = canvas.getBoundingClientRect();
		return [
			((event.clientX - box.left) / box.width) * canvas.clientWidth,
			((event.clientY - box.top) / box.height) * canvas.clientHeight,
		];
	};
	const stop = () => {
		dragging = false;
	};
	canvas.addEventListener(
		"pointerdown",
		(event) => {
			dragging = event.button === 0 && on.start(...place(event), event);
			if (dragging) canvas.setPointerCapture(event.pointerId);
		},
		{ signal },
	);
	canvas.addEventListener(
		"pointermove",
		(event) => {
			if (dragging) on.move(...place(event));
			else canvas.style.cursor = on.hover(...place(event));
		},
		{ signal },
	);
	for (const type of ["pointerup", "pointercancel"])
		canvas.addEventListener(type, stop, { signal });
}
