/**
 * Colours and the few rules all views share. Every rule stays under `.dll-view`. Blue, orange and
 * the greys are told apart by colour-blind readers, and no view uses colour as its only cue.
 */
const CSS = `
.dll-view{--dll-ink:var(--jp-content-font-color1,#1b1f24);--dll-muted:#57606a;--dll-line:#d0d7de;
--dll-ground:var(--jp-layout-color0,#fff);--dll-soft:#f0f3f6;--dll-accent:#0b62b8;--dll-second:#b35900;
--dll-faint:rgba(87,96,106,.2);--dll-warn:#b3261e;
color:var(--dll-ink);font:15px/1.4 system-ui,sans-serif;text-align:left;max-width:1100px;margin:0 auto}
.dll-view[data-scheme=dark]{--dll-ink:var(--jp-content-font-color1,#e6edf3);--dll-muted:#a5afba;--dll-line:#3d444d;
--dll-ground:var(--jp-layout-color0,#14181d);--dll-soft:#242b33;--dll-accent:#6cb6ff;--dll-second:#f0a050;
--dll-faint:rgba(165,175,186,.22);--dll-warn:#ff8f87}
.dll-view *{box-sizing:border-box}
.dll-view canvas{display:block;width:100%;touch-action:pan-y;border-radius:4px}
.dll-view .dll-row{display:flex;flex-wrap:wrap;gap:4px 18px;align-items:center;margin:4px 0}
.dll-view label{display:flex;gap:8px;align-items:center;flex:1 1 240px;min-width:0;margin:0;font:inherit}
.dll-view label.dll-tight{flex:0 1 auto}
.dll-view label>span{white-space:nowrap}
.dll-view output{min-width:4.5em;font:inherit;font-weight:600;font-variant-numeric:tabular-nums;padding:0;white-space:nowrap}
.dll-view input[type=range]{flex:1;min-width:90px;height:26px;margin:0;accent-color:var(--dll-accent);cursor:pointer}
.dll-view button,.dll-view select,.dll-view input:not([type=range]){font:inherit;color:inherit;background:var(--dll-soft);border:1px solid var(--dll-muted);border-radius:5px;padding:3px 10px;margin:0;min-height:32px}
.dll-view button{cursor:pointer}
.dll-view button:disabled,.dll-view input:disabled,.dll-view select:disabled{opacity:.5;cursor:default}
.dll-view option{background:var(--dll-ground);color:var(--dll-ink)}
.dll-view :focus-visible{outline:3px solid var(--dll-accent);outline-offset:2px}
.dll-view [data-role=summary]{min-height:2.8em;margin:4px 0 0;font:inherit}
.dll-view [hidden]{display:none}
`;

/** @returns {boolean} whether the page around the view is dark: deck, JupyterLab, VS Code, system */
function isDark() {
	const asked = document.documentElement.dataset.theme;
	if (asked === "dark" || asked === "light") return asked === "dark";
	const lab = document.body.dataset.jpThemeLight;
	if (lab) return lab === "false";
	if (document.body.classList.contains("vscode-light")) return false;
	if (document.body.classList.contains("vscode-dark")) return true;
	return matchMedia("(prefers-color-scheme: dark)").matches;
}

/**
 * Gives the root its style and colour scheme and keeps it in step with the page.
 * @param {HTMLElement} root
 * @param {AbortSignal} signal ends the watching
 * @param {() => void} onChange called after each change of scheme
 */
export function applyTheme(root, signal, onChange) {
	const style = document.createElement("style");
	style.textContent = CSS;
	root.prepend(style);
	const update = () => {
		const scheme = isDark() ? "dark" : "light";
		if (root.dataset.scheme === scheme) return;
		root.dataset.scheme = scheme;
		onChange();
	};
	const watcher = new MutationObserver(update);
	watcher.observe(document.documentElement, { attributes: true });
	watcher.observe(document.body, { attributes: true });
	matchMedia("(prefers-color-scheme: dark)").addEventListener("change", update, { signal });
	signal.addEventListener("abort", () => {
		watcher.disconnect();
		style.remove();
	});
	update();
}

/**
 * @typedef {Record<"ink"|"muted"|"line"|"ground"|"soft"|"accent"|"second"|"faint"|"warn", string>} Palette
 * @param {HTMLElement} root
 * @returns {Palette} the colours now in force, for a canvas
 */
export function palette(root) {
	const style = getComputedStyle(root);
	const names = ["ink", "muted", "line", "ground", "soft", "accent", "second", "faint", "warn"];
	return Object.fromEntries(
		names.map((name) => [name, style.getPropertyValue(`--dll-${name}`).trim()]),
	);
}
