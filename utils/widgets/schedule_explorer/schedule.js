/**
 * Mirror of ScheduleSpec in utils/training/schedules.py; a test compares tables of both.
 * @typedef {{ name: string, rate: number, steps: number, milestones: number[], factor: number,
 *   warmup: number }} Spec milestones and warmup are fractions of the run
 */

/** Python's round: halves go to the even number. @param {number} value */
export function roundEven(value) {
	const low = Math.floor(value);
	if (value - low === 0.5) return low + (low % 2);
	return Math.round(value);
}

/** @param {Spec} spec @returns {number} steps of warm-up; one_cycle brings its own */
export function warmupSteps(spec) {
	return spec.name === "one_cycle" ? 0 : roundEven(spec.warmup * spec.steps);
}

/** @param {number} start @param {number} end @param {number} progress 0..1 */
function halfCosine(start, end, progress) {
	return end + (start - end) * 0.5 * (1 + Math.cos(Math.PI * progress));
}

/** @param {Spec} spec @param {number} step */
function oneCycle({ rate, steps }, step) {
	const peak = 0.3 * steps - 1;
	if (step <= peak) return halfCosine(rate / 25, rate, step / peak);
	return halfCosine(rate, rate / 25e4, Math.min((step - peak) / (steps - 1 - peak), 1));
}

/** @type {Record<string, (spec: Spec, step: number, warm: number) => number>} */
const AFTER_WARMUP = {
	constant: ({ rate }) => rate,
	step: ({ rate, factor, milestones, steps }, step) =>
		rate * factor ** milestones.filter((m) => step >= roundEven(m * steps)).length,
	cosine: ({ rate, steps }, step, warm) =>
		halfCosine(rate, 0, Math.min((step - warm) / (steps - warm), 1)),
	linear: ({ rate, steps }, step, warm) => rate * (1 - Math.min((step - warm) / (steps - warm), 1)),
	inverse_sqrt: ({ rate }, step, warm) => {
		const offset = Math.max(warm, 1);
		return rate * Math.sqrt(offset / Math.max(step + 1, offset));
	},
	one_cycle: oneCycle,
};

/**
 * @param {Spec} spec
 * @param {number} step counted from 0
 * @returns {number} the learning rate of that update
 */
export function rateAt(spec, step) {
	const warm = warmupSteps(spec);
	if (step < warm) return (spec.rate * (step + 1)) / warm;
	return AFTER_WARMUP[spec.name](spec, step, warm);
}
