// Tells which content of the slide on show does not fit. Lengths are CSS pixels of the slide.
window.DECK_MEASURE = (() => {
	const SLACK = 1.5;
	const LEAVES =
		"img, svg, canvas, video, mi, mn, mo, mtext, input, button, select, textarea, pre, table";
	const frame = () => new Promise((done) => requestAnimationFrame(() => done()));
	const current = () => Reveal.getCurrentSlide();

	const style = document.createElement("style");
	style.textContent = "*{transition:none!important;animation:none!important}";
	document.head.append(style);

	const show = async (index) => {
		const at = Reveal.getIndices(Reveal.getSlides()[index]);
		Reveal.slide(at.h, at.v, 1e6); // a fragment index past the last shows them all
		await frame();
		await frame();
	};

	// Resolves to the number of views that are still not alive after `milliseconds`.
	const settled = async (milliseconds) => {
		const until = performance.now() + milliseconds;
		const asleep = () =>
			[...current().querySelectorAll(".dll-view")].filter((view) => view.dataset.ready !== "true");
		await Promise.all([...current().querySelectorAll("img")].map((i) => i.decode().catch(() => 0)));
		await document.fonts.ready;
		const fitting = () =>
			current().querySelector(".dll-view") && current().dataset.fitted !== "done";
		while ((asleep().length || fitting()) && performance.now() < until) await frame();
		await frame();
		return asleep().length;
	};

	const title = () => current().getAttribute("aria-label") ?? "";
	const name = (node) => {
		const words = (node.textContent || node.getAttribute?.("alt") || "").trim();
		const short = words.replace(/\s+/g, " ").slice(0, 40);
		const tag = (node.nodeType === Node.TEXT_NODE ? node.parentElement : node).tagName;
		return short ? `<${tag.toLowerCase()}> "${short}"` : `<${tag.toLowerCase()}>`;
	};
	const beyond = (box, limit) =>
		Math.max(
			limit.left - box.left,
			limit.top - box.top,
			box.right - limit.right,
			box.bottom - limit.bottom,
		) / Reveal.getScale();

	const meet = (a, b) => ({
		left: Math.max(a.left, b.left),
		top: Math.max(a.top, b.top),
		right: Math.min(a.right, b.right),
		bottom: Math.min(a.bottom, b.bottom),
	});
	// Text for screen readers only is made tiny on purpose.
	const forScreenReaders = (box, css) =>
		css.position === "absolute" && (box.width <= 2 || box.height <= 2);

	function* visible(node, slide, clip) {
		if (node.nodeType === Node.TEXT_NODE) {
			if (!node.textContent.trim()) return;
			const range = document.createRange();
			range.selectNodeContents(node);
			for (const box of range.getClientRects()) yield { node, box, clip };
			return;
		}
		if (node.nodeType !== Node.ELEMENT_NODE) return;
		if (node.matches("aside.notes, script, style, template, option, datalist")) return;
		const css = getComputedStyle(node);
		if (css.display === "none" || css.opacity === "0") return;
		const box = node.getBoundingClientRect();
		if (forScreenReaders(box, css)) return;
		if (css.visibility !== "hidden" && node.matches(LEAVES) && box.width && box.height) {
			yield { node, box, clip };
		}
		if (node.matches("svg, mi, mn, mo, mtext, select, textarea")) return;
		// A list or a pane of a live view is moved by mouse and keys: it only has to fit as a box.
		if (node.matches(".dll-view :is([role=listbox], [role=application])")) {
			yield { node, box, clip };
			return;
		}
		const clips = node !== slide && (css.overflowX !== "visible" || css.overflowY !== "visible");
		const inner = clips ? meet(clip ?? box, box) : clip;
		for (const child of node.childNodes) {
			if (child.nodeType === Node.TEXT_NODE && css.visibility === "hidden") continue;
			yield* visible(child, slide, inner);
		}
	}

	// Returns one sentence for the worst case of each kind.
	const problems = async (milliseconds) => {
		const asleep = await settled(milliseconds);
		const limit = document.querySelector(".reveal .slides").getBoundingClientRect();
		const worst = {};
		const note = (kind, node, excess) => {
			if (excess > SLACK && excess > (worst[kind]?.excess ?? 0)) worst[kind] = { node, excess };
		};
		for (const { node, box, clip } of visible(current(), current(), null)) {
			note("sticks out of the slide", node, beyond(clip ? meet(box, clip) : box, limit));
			if (clip) note("is cut off inside its box", node, beyond(box, clip));
			const code = node.parentElement?.closest("pre.code");
			if (code) note("sticks out of its box", node, beyond(box, code.getBoundingClientRect()));
		}
		const found = Object.entries(worst).map(
			([kind, { node, excess }]) => `${name(node)} ${kind} by ${Math.round(excess)} px`,
		);
		if (asleep) found.push(`${asleep} view(s) did not come alive`);
		return found;
	};

	return { show, settled, title, problems };
})();
