// Starts reveal.js, and keeps the keys of a focused widget away from it.
(() => {
	const root = document.documentElement;
	const OWN_KEYS =
		".dll-view, .out.view, input, select, textarea, summary, [contenteditable], " +
		"[role=slider], [role=listbox], [role=radiogroup], [role=tablist], [role=application]";

	const insideWidget = (event) =>
		event.composedPath().some((node) => node instanceof Element && node.matches(OWN_KEYS));

	const toggleTheme = () => {
		root.dataset.theme = root.dataset.theme === "dark" ? "light" : "dark";
		root.dataset.themeChosen = "yes";
	};

	// A view's text is meant for a screen at arm's length. It grows as far as its slide has room,
	// with two lines to spare for a longer summary.
	const ZOOMS = [1.4, 1.35, 1.3, 1.25, 1.2, 1.15, 1.1, 1.05, 1];
	const SPARE = 36;
	const frame = () => new Promise((done) => requestAnimationFrame(() => done()));
	const until = async (isTrue, milliseconds) => {
		const end = performance.now() + milliseconds;
		while (!isTrue() && performance.now() < end) await frame();
	};
	const fits = (page) => {
		const box = page.getBoundingClientRect();
		const bottoms = [...page.children].map((child) => child.getBoundingClientRect().bottom);
		const used = (Math.max(...bottoms) - box.top) / (box.height / DECK_SIZE[1]);
		return used <= DECK_SIZE[1] - SPARE;
	};
	const fitViews = async (section) => {
		const views = [...section.querySelectorAll(".dll-view")];
		const page = section.querySelector(".page");
		if (!views.length || section.dataset.fitted || !page.offsetWidth) return;
		section.dataset.fitted = "begun";
		await until(() => views.every((view) => view.dataset.ready === "true"), 3000);
		for (const zoom of ZOOMS) {
			section.style.setProperty("--view-zoom", zoom);
			await frame();
			await frame(); // views draw themselves anew in the frame after a change of size
			if (fits(page)) break;
		}
		section.dataset.fitted = "done";
	};
	const fitAll = () => Promise.all(Reveal.getSlides().map(fitViews));

	const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
	Reveal.initialize({
		width: DECK_SIZE[0],
		height: DECK_SIZE[1],
		margin: 0,
		minScale: 0.1,
		maxScale: 4,
		center: false,
		controls: false,
		progress: true,
		slideNumber: "c/t",
		hash: true,
		navigationMode: "linear",
		transition: calm ? "none" : "fade",
		transitionSpeed: "fast",
		backgroundTransition: "none",
		pdfSeparateFragments: false,
		pdfMaxPagesPerSlide: 1,
		scrollActivationWidth: null,
		keyboardCondition: (event) => !insideWidget(event),
		plugins: [RevealNotes],
	}).then(async () => {
		if (/print-pdf/.test(location.search)) await fitAll();
		root.dataset.deckReady = "true";
		fitAll();
	});
	Reveal.addKeyBinding({ keyCode: 84, key: "T", description: "Light or dark" }, toggleTheme);

	// Escape gives the keys back to the slides; so does leaving the slide.
	document.addEventListener(
		"keydown",
		(event) => {
			if (event.key !== "Escape" || !insideWidget(event)) return;
			document.activeElement?.blur();
			event.stopPropagation();
		},
		true,
	);
	Reveal.on("slidechanged", () => {
		fitAll();
		if (document.activeElement?.closest("section")) document.activeElement.blur();
	});

	const actions = { prev: () => Reveal.prev(), next: () => Reveal.next(), theme: toggleTheme };
	document.querySelector(".deck-bar").addEventListener("click", (event) => {
		const button = event.target.closest("button");
		if (!button) return;
		actions[button.dataset.go]();
		button.blur();
	});
})();
