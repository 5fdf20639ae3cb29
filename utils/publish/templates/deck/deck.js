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
	}).then(() => {
		root.dataset.deckReady = "true";
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
