import { fill } from "../kit/text.js";

/**
 * @typedef {{ shape: number[], levels: Uint8Array }} Heads bytes of (L, H, T, T); 254 is weight 1
 * @typedef {{ layer: number, head: number, token: number }} Choice
 * @typedef {import("../kit/theme.js").Palette} Palette
 */

const FONT = "14px system-ui, sans-serif";
const LEFT = 26;
const TOP = 40;
const CHIP = 26;
const LABEL = 96;

/** Where the weights of one head begin. @param {Heads} heads @param {Choice} at */
export function offset({ shape }, { layer, head }) {
	return (layer * shape[1] + head) * shape[2] * shape[2];
}

/** The weights of one token, from 0 to 1. @param {Heads} heads @param {Choice} at */
export function looks(heads, at) {
	const count = heads.shape[2];
	const from = offset(heads, at) + at.token * count;
	return Array.from(heads.levels.subarray(from, from + count), (level) => level / 254);
}

/**
 * Red, green, blue, alpha of each weight of a head: the more weight, the less of the ground is
 * seen. The square root makes small weights visible.
 * @param {Heads} heads @param {number} from @param {number[]} color
 */
export function pixels({ shape, levels }, from, color) {
	const size = shape[2] * shape[2];
	const found = new Uint8ClampedArray(4 * size);
	for (let i = 0; i < size; i++) {
		found.set(color, 4 * i);
		found[4 * i + 3] = 255 * Math.sqrt(levels[from + i] / 254);
	}
	return found;
}

/**
 * Places in CSS pixels: the small maps, the large one, and the words of the sentence.
 * @param {number} width @param {number[]} shape of the weights @param {number[]} words width of each
 */
export function layout(width, shape, words) {
	const [layers, heads, count] = shape;
	const wide = width >= 680;
	const gridWidth = wide ? width * 0.5 : width;
	const cell = Math.max(8, Math.min(48, (gridWidth - LEFT) / heads));
	const gridEnd = TOP + layers * cell;
	const room = wide ? width - gridWidth - 24 - LABEL : width - LABEL;
	const side = Math.max(40, Math.min(wide ? 330 : 420, room));
	const mapLeft = wide ? width - side : LABEL;
	const mapTop = wide ? TOP : gridEnd + 44;
	const top = Math.max(gridEnd, mapTop + side) + 30;
	let [x, line] = [0, 0];
	const chips = words.map((size) => {
		if (x && x + size + 12 > width) [x, line] = [0, line + 1];
		const chip = { x, y: top + line * CHIP, width: size + 12 };
		x += chip.width + 3;
		return chip;
	});
	return {
		...{ width, layers, heads, count, cell, side, mapLeft, mapTop, chips },
		height: top + (line + 1) * CHIP + 4,
	};
}
/** @typedef {ReturnType<typeof layout>} Places */

/**
 * The head or the token under the pointer.
 * @param {Places} at @param {number} x @param {number} y
 * @returns {{ layer: number, head: number } | { token: number } | undefined}
 */
export function under(at, x, y) {
	const [head, layer] = [Math.floor((x - LEFT) / at.cell), Math.floor((y - TOP) / at.cell)];
	if (head >= 0 && head < at.heads && layer >= 0 && layer < at.layers) return { layer, head };
	const row = Math.floor(((y - at.mapTop) / at.side) * at.count);
	const isBeside = x >= at.mapLeft - LABEL && x < at.mapLeft + at.side;
	if (isBeside && row >= 0 && row < at.count) return { token: row };
	const token = at.chips.findIndex(
		(chip) => x >= chip.x && x < chip.x + chip.width && y >= chip.y && y < chip.y + CHIP,
	);
	return token < 0 ? undefined : { token };
}

/**
 * Small maps of all heads, drawn once for a size and a colour scheme.
 * @param {any} ctx @param {Places} at @param {(layer: number, head: number) => any} image
 * @param {Record<string, string>} text @param {Palette} colors
 */
export function drawGrid(ctx, at, image, text, colors) {
	write(ctx, text.grid, LEFT, 10, colors.muted);
	const gap = at.cell > 20 ? 3 : 1;
	for (let layer = 0; layer < at.layers; layer++) {
		const y = TOP + layer * at.cell;
		write(ctx, String(layer + 1), LEFT - 8, y + at.cell / 2, colors.muted, "right");
		for (let head = 0; head < at.heads; head++) {
			const x = LEFT + head * at.cell;
			if (!layer) write(ctx, String(head + 1), x + at.cell / 2, 30, colors.muted, "center");
			ctx.fillStyle = colors.soft;
			ctx.fillRect(x, y, at.cell - gap, at.cell - gap);
			ctx.drawImage(image(layer, head), x, y, at.cell - gap, at.cell - gap);
		}
	}
}

/** @param {any} ctx @param {string} words @param {number} x @param {number} y @param {string} color @param {string} [align] */
function write(ctx, words, x, y, color, align = "left") {
	ctx.font = FONT;
	ctx.textAlign = align;
	ctx.textBaseline = "middle";
	ctx.fillStyle = color;
	ctx.fillText(words, x, y);
}

/**
 * What changes with the choice: frames in the grid, the large map, and the sentence.
 * @param {any} ctx @param {Heads} heads @param {Choice} choice @param {Places} at @param {any} image
 * @param {any} state tokens, found and text @param {Palette} colors
 */
export function drawChoice(ctx, heads, choice, at, image, state, colors) {
	const gap = at.cell > 20 ? 3 : 1;
	/** @param {Pick<Choice, "layer" | "head">} one @param {string} color @param {number} width */
	function frame(one, color, width) {
		ctx.strokeStyle = color;
		ctx.lineWidth = width;
		const [x, y] = [LEFT + one.head * at.cell, TOP + one.layer * at.cell];
		ctx.strokeRect(x - 1, y - 1, at.cell - gap + 2, at.cell - gap + 2);
	}
	for (const one of state.found) {
		frame(one, colors.second, 2);
		// a corner, so that the frame's colour is not the only cue
		ctx.fillStyle = colors.second;
		ctx.fillRect(LEFT + one.head * at.cell, TOP + one.layer * at.cell, 6, 6);
	}
	frame(choice, colors.ink, 3);
	const title = fill(state.text.title, { layer: choice.layer + 1, head: choice.head + 1 });
	write(ctx, title, at.mapLeft, at.mapTop - 14, colors.ink);
	drawMap(ctx, choice, at, image, state.tokens, colors);
	drawWords(ctx, looks(heads, choice), choice.token, at, state, colors);
}

/** @param {any} ctx @param {Choice} choice @param {Places} at @param {any} image @param {string[]} tokens @param {Palette} colors */
function drawMap(ctx, choice, at, image, tokens, colors) {
	const row = at.side / at.count;
	ctx.fillStyle = colors.soft;
	ctx.fillRect(at.mapLeft, at.mapTop, at.side, at.side);
	ctx.imageSmoothingEnabled = false;
	ctx.drawImage(image, at.mapLeft, at.mapTop, at.side, at.side);
	ctx.imageSmoothingEnabled = true;
	const every = Math.ceil(15 / row);
	tokens.forEach((token, place) => {
		const isChosen = place === choice.token;
		const isNear = Math.abs(place - choice.token) < every;
		if (!isChosen && (place % every || isNear)) return;
		const color = isChosen ? colors.ink : colors.muted;
		write(ctx, clipped(token), at.mapLeft - 6, at.mapTop + (place + 0.5) * row, color, "right");
	});
	ctx.strokeStyle = colors.ink;
	ctx.lineWidth = 1.5;
	ctx.strokeRect(at.mapLeft, at.mapTop + choice.token * row, at.side, row);
}

/** The sentence: the darker a word, the more of the token's attention it gets. @param {any} ctx @param {number[]} weights @param {number} chosen @param {Places} at @param {any} state @param {Palette} colors */
function drawWords(ctx, weights, chosen, at, state, colors) {
	const legend = fill(state.text.legend, { token: state.tokens[chosen] });
	write(ctx, legend, 0, at.chips[0].y - 15, colors.muted);
	const best = weights.indexOf(Math.max(...weights));
	at.chips.forEach((chip, place) => {
		ctx.globalAlpha = 0.6 * Math.sqrt(weights[place]);
		ctx.fillStyle = colors.accent;
		ctx.fillRect(chip.x, chip.y + 1, chip.width, CHIP - 3);
		ctx.globalAlpha = 1;
		if (place === best) ctx.fillRect(chip.x, chip.y + CHIP - 4, chip.width, 3);
		write(ctx, state.tokens[place], chip.x + 6, chip.y + CHIP / 2 - 1, colors.ink);
		if (place !== chosen) return;
		ctx.strokeStyle = colors.ink;
		ctx.lineWidth = 2;
		ctx.strokeRect(chip.x, chip.y + 1, chip.width, CHIP - 3);
	});
}

/** @param {string} token */
function clipped(token) {
	const letters = Array.from(token);
	return letters.length > 11 ? `${letters.slice(0, 10).join("")}…` : token;
}

/**
 * What is shown, in words: the three largest weights of the token, and what the head was found to do.
 * @param {Heads} heads @param {Choice} choice @param {any} state tokens, found and text
 */
export function summary(heads, choice, { tokens, found, text }) {
	const weights = looks(heads, choice);
	const order = weights.map((_, place) => place).sort((a, b) => weights[b] - weights[a]);
	const most = order.slice(0, 3).map((place) =>
		fill(text.look, {
			token: tokens[place],
			place: place + 1,
			share: weights[place].toFixed(2),
		}),
	);
	const words = fill(text.words, {
		layer: choice.layer + 1,
		head: choice.head + 1,
		token: tokens[choice.token],
		place: choice.token + 1,
		count: tokens.length,
		most: most.join(", "),
	});
	const names = found
		.filter((/** @type {any} */ one) => one.layer === choice.layer && one.head === choice.head)
		.map((/** @type {any} */ one) => one.name);
	return names.length ? `${words} ${fill(text.measured, { names: names.join(", ") })}` : words;
}
