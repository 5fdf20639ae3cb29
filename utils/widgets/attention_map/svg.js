/** A context that writes SVG: it knows only what AttentionMap draws with. */
const ANCHORS = { left: "start", center: "middle", right: "end" };

/** Text as text, also where it looks like markup. @param {string} words */
export function escapeXml(words) {
	// What XML may not hold at all is shown as the replacement character.
	const legal = words.replace(/[^\t\n\r -\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, "\uFFFD");
	return legal.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/**
 * @param {number} width @param {number} height
 * @param {(words: string, font: string) => number} measure
 */
export function svgContext(width, height, measure) {
	/** @type {string[]} */
	const parts = [];
	let [path, moved] = ["", ""];
	const two = (/** @type {any} */ value) =>
		typeof value === "number" ? Math.round(value * 100) / 100 : value;
	const add = (/** @type {string} */ tag, /** @type {any} */ attributes, inner = "") => {
		const list = Object.entries({ ...attributes, opacity: ctx.globalAlpha });
		const words = list.map(([name, value]) => ` ${name}="${two(value)}"`).join("");
		parts.push(`<${tag}${words}>${inner}</${tag}>`);
	};
	/** A box, outlined or filled. @param {(box: any) => any} paint */
	const rect = (paint) => (x, y, width, height) => add("rect", { ...paint(), x, y, width, height });
	const lined = () => ({ fill: "none", stroke: ctx.strokeStyle, "stroke-width": ctx.lineWidth });
	const filled = () => ({ fill: ctx.fillStyle });
	/** @type {any} */
	const ctx = {
		globalAlpha: 1,
		measureText: (words) => ({ width: measure(words, ctx.font) }),
		fillRect: rect(filled),
		strokeRect: rect(lined),
		beginPath() {
			path = "";
		},
		moveTo(x, y) {
			path += `M${two(x)} ${two(y)}`;
		},
		bezierCurveTo(...places) {
			path += `C${places.map(two).join(" ")}`;
		},
		stroke: () => add("path", { ...lined(), d: path }),
		fillText(words, x, y) {
			const place = { x, y, dy: "0.35em", transform: moved };
			const style = { "text-anchor": ANCHORS[ctx.textAlign], style: `font:${ctx.font}` };
			add("text", { ...filled(), ...place, ...style }, escapeXml(words));
		},
		save() {},
		restore() {
			moved = "";
		},
		translate(x, y) {
			moved += `translate(${two(x)} ${two(y)})`;
		},
		rotate(angle) {
			moved += `rotate(${two((angle * 180) / Math.PI)})`;
		},
		/** The whole picture. @param {string} title */
		file: (title) =>
			`<svg xmlns="http:/${"/"}www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}"><title>${escapeXml(title)}</title>${parts.join("")}</svg>`,
	};
	return ctx;
}
