/**
 * Scales and axes. All functions are pure or draw on the context they are given, so node can test
 * them with a fake context.
 * @typedef {{ left: number, top: number, right: number, bottom: number }} Box in CSS pixels
 * @typedef {import("./theme.js").Palette} Palette
 */

export const FONT = "14px system-ui, sans-serif";

/**
 * @param {number} a value at `from`
 * @param {number} b value at `to`
 * @param {number} from pixel
 * @param {number} to pixel
 */
export function linearScale(a, b, from, to) {
	/** @param {number} value */
	const scale = (value) => from + ((value - a) / (b - a)) * (to - from);
	/** @param {number} pixel */
	scale.invert = (pixel) => a + ((pixel - from) / (to - from)) * (b - a);
	return scale;
}

/**
 * Round numbers from `low` to `high`, about `count` of them.
 * @param {number} low
 * @param {number} high
 * @param {number} count
 */
export function niceTicks(low, high, count) {
	const rough = (high - low) / Math.max(1, count);
	const power = 10 ** Math.floor(Math.log10(rough));
	const step = [1, 2, 5, 10].map((k) => k * power).find((size) => size >= rough * 0.999);
	const ticks = [];
	for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) {
		ticks.push(Number((i * step).toPrecision(12)));
	}
	return ticks;
}

/**
 * Draws frame lines, ticks with their numbers, and both titles (the vertical one stands on top).
 * @param {CanvasRenderingContext2D} ctx
 * @param {Box} box
 * @param {{ x: (v: number) => number, y: (v: number) => number, xTicks: number[], yTicks: number[],
 *   xTitle?: string, title: string, xLabel?: (v: number) => string, yLabel?: (v: number) => string,
 *   colors: Palette }} axes `xTitle` missing: no numbers under this panel
 */
export function drawAxes(ctx, box, axes) {
	const { x, y, colors } = axes;
	ctx.font = FONT;
	ctx.lineWidth = 1;
	ctx.setLineDash([]);
	ctx.textBaseline = "middle";
	ctx.textAlign = "right";
	for (const tick of axes.yTicks) {
		const at = Math.round(y(tick)) + 0.5;
		line(ctx, box.left, at, box.right, at, colors.line);
		ctx.fillStyle = colors.muted;
		ctx.fillText((axes.yLabel ?? String)(tick), box.left - 7, at);
	}
	line(ctx, box.left, box.bottom + 0.5, box.right, box.bottom + 0.5, colors.muted);
	ctx.textAlign = "center";
	ctx.textBaseline = "top";
	for (const tick of axes.xTicks) {
		const at = Math.round(x(tick)) + 0.5;
		line(ctx, at, box.bottom, at, box.bottom + 4, colors.muted);
		ctx.fillStyle = colors.muted;
		if (axes.xTitle) ctx.fillText((axes.xLabel ?? String)(tick), at, box.bottom + 9);
	}
	ctx.fillStyle = colors.ink;
	if (axes.xTitle) ctx.fillText(axes.xTitle, (box.left + box.right) / 2, box.bottom + 27);
	ctx.textAlign = "left";
	ctx.textBaseline = "alphabetic";
	ctx.fillText(axes.title, box.left, box.top - 8);
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {number} x0 @param {number} y0 @param {number} x1 @param {number} y1
 * @param {string} color
 */
export function line(ctx, x0, y0, x1, y1, color) {
	ctx.strokeStyle = color;
	ctx.beginPath();
	ctx.moveTo(x0, y0);
	ctx.lineTo(x1, y1);
	ctx.stroke();
}

/**
 * Adds one curve to the current path; it stops at missing values and starts again after them.
 * @param {CanvasRenderingContext2D} ctx
 * @param {ArrayLike<number>} xs
 * @param {ArrayLike<number>} ys
 * @param {(v: number) => number} x
 * @param {(v: number) => number} y
 */
export function traceCurve(ctx, xs, ys, x, y) {
	let down = false;
	for (let i = 0; i < ys.length; i++) {
		if (Number.isNaN(ys[i])) {
			down = false;
			continue;
		}
		if (down) ctx.lineTo(x(xs[i]), y(ys[i]));
		else ctx.moveTo(x(xs[i]), y(ys[i]));
		down = true;
	}
}

/** Limits drawing to a box (a little wider, for round marks at its edge). @param {CanvasRenderingContext2D} ctx @param {Box} box @param {() => void} draw */
export function inside(ctx, box, draw) {
	ctx.save();
	ctx.beginPath();
	ctx.rect(box.left, box.top, box.right - box.left + 4, box.bottom - box.top);
	ctx.clip();
	draw();
	ctx.restore();
}

/**
 * Text that stays legible on lines.
 * @param {CanvasRenderingContext2D} ctx
 * @param {string} words
 * @param {number} x
 * @param {number} y middle of the letters
 * @param {string} color
 * @param {string} ground
 * @param {CanvasTextAlign} [align]
 */
export function halo(ctx, words, x, y, color, ground, align = "left") {
	ctx.font = FONT;
	ctx.textAlign = align;
	ctx.textBaseline = "middle";
	ctx.lineWidth = 5;
	ctx.lineJoin = "round";
	ctx.strokeStyle = ground;
	ctx.strokeText(words, x, y);
	ctx.fillStyle = color;
	ctx.fillText(words, x, y);
}

/** @param {any} ctx @param {number} x @param {number} y @param {number} r @param {string} color */
export function dot(ctx, x, y, r, color) {
	ctx.fillStyle = color;
	ctx.beginPath();
	ctx.arc(x, y, r, 0, 2 * Math.PI);
	ctx.fill();
}

/** @param {any} ctx @param {number} x @param {number} y @param {number} r @param {string} color @param {number} width */
export function cross(ctx, x, y, r, color, width) {
	ctx.lineWidth = width;
	line(ctx, x - r, y - r, x + r, y + r, color);
	line(ctx, x - r, y + r, x + r, y - r, color);
}

/**
 * Draws one curve.
 * @param {CanvasRenderingContext2D} ctx
 * @param {ArrayLike<number>} xs
 * @param {ArrayLike<number>} ys
 * @param {(v: number) => number} x
 * @param {(v: number) => number} y
 * @param {string} color
 * @param {number} width
 */
export function curve(ctx, xs, ys, x, y, color, width) {
	ctx.strokeStyle = color;
	ctx.lineWidth = width;
	ctx.lineJoin = "round";
	ctx.beginPath();
	traceCurve(ctx, xs, ys, x, y);
	ctx.stroke();
}

/**
 * Marks where a run diverged: a cross under the upper edge, its words on the side with room.
 * @param {CanvasRenderingContext2D} ctx
 * @param {Box} box
 * @param {number} x
 * @param {string} words
 * @param {Palette} colors
 */
export function markEnd(ctx, box, x, words, colors) {
	const y = box.top + 12;
	const room = x < (box.left + box.right) / 2;
	cross(ctx, x, y, 7, colors.warn, 3);
	halo(ctx, words, x + (room ? 14 : -14), y, colors.warn, colors.ground, room ? "left" : "right");
}
