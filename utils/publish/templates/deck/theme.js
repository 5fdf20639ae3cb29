// Runs before the first paint, so that a dark deck never flashes white.
(() => {
	const asked = new URLSearchParams(location.search).get("theme");
	const dark = matchMedia("(prefers-color-scheme: dark)");
	const printing = /print-pdf/.test(location.search);
	const follow = () => {
		document.documentElement.dataset.theme = dark.matches && !printing ? "dark" : "light";
	};
	if (asked === "dark" || asked === "light") {
		document.documentElement.dataset.theme = asked;
		return;
	}
	follow();
	dark.addEventListener("change", () => {
		if (!document.documentElement.dataset.themeChosen) follow();
	});
})();
