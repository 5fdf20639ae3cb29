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

/** @param {number} rate @param {number} steps @param {number} step */
function oneCycle(rate, steps, step) {
	const peak = 0.3 * steps - 1;
	if (step <= peak) return halfCosine(rate / 25, rate, step / peak);
	return halfCosine(rate, rate / 25e4, Math.min((step - peak) / (steps - 1 - peak), 1));
}

/**
 * @param {Spec} spec
 * @param {number} step counted from 0
 * @returns {number} the learning rate of that update
 */
export function rateAt(spec, step) {
	const { name, rate, steps } = spec;
	const warm = warmupSteps(spec);
	if (step < warm) return (rate * (step + 1)) / warm;
	const progress = Math.min((step - warm) / (steps - warm), 1);
	const offset = Math.max(warm, 1);
	if (name === "step") {
		return rate * spec.factor ** spec.milestones.filter((m) => step >= roundEven(m * steps)).length;
	}
	if (name === "cosine") return halfCosine(rate, 0, progress);
	if (name === "linear") return rate * (1 - progress);
	if (name === "inverse_sqrt") return rate * Math.sqrt(offset / Math.max(step + 1, offset));
	if (name === "one_cycle") return oneCycle(rate, steps, step);
	return rate;
}
