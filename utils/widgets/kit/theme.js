/**
 * Colours and the few rules all views share. Every rule stays under `.dll-view`. Blue, orange and
 * the greys are told apart by colour-blind readers, and no view uses colour as its only cue.
 */
const CSS = `.dll-view{
--dll-ink:var(--jp-content-font-color1,#1b1f24);--dll-muted:#57606a;--dll-line:#d0d7de;
--dll-ground:var(--jp-layout-color0,#fff);--dll-soft:#f0f3f6;--dll-accent:#0b62b8;
--dll-second:#b35900;--dll-faint:rgba(87,96,106,.2);--dll-warn:#b3261e;
&[data-scheme=dark]{
--dll-ink:var(--jp-content-font-color1,#e6edf3);--dll-muted:#a5afba;--dll-line:#3d444d;
--dll-ground:var(--jp-layout-color0,#14181d);--dll-soft:#242b33;--dll-accent:#6cb6ff;
--dll-second:#f0a050;--dll-faint:rgba(165,175,186,.22);--dll-warn:#ff8f87}
color:var(--dll-ink);font:15px/1.4 system-ui,sans-serif;text-align:left;max-width:1100px;margin:0 auto;
*{box-sizing:border-box}
canvas{display:block;width:100%;touch-action:pan-y}
.dll-row{display:grid;grid-template-columns:repeat(auto-fit,minmax(250px,1fr));gap:4px 24px;align-items:center;margin:6px 0}
label{display:flex;min-width:0;gap:8px;align-items:center;margin:0;font:inherit}
label>span{white-space:nowrap}
select,label>input{flex:1;min-width:0}
output{min-width:3.2em;padding:0;font:inherit;font-weight:600;white-space:nowrap}
[type=range]{flex:1;min-width:90px;height:26px;margin:0;accent-color:var(--dll-accent);cursor:pointer}
button,select,input:not([type=range]){font:inherit;color:inherit;background:var(--dll-soft);border:1px solid var(--dll-muted);border-radius:5px;padding:3px 10px;margin:0;min-height:32px}
button{cursor:pointer}
:disabled{opacity:.5;cursor:default}
option{background:var(--dll-ground);color:var(--dll-ink)}
:focus-visible{outline:3px solid var(--dll-accent);outline-offset:2px}
[data-role=summary]{min-height:2.8em;margin:4px 0 0}
[role=alert]{color:var(--dll-warn);font-weight:600}
[hidden]{display:none}
}`;

/** @returns {boolean} whether the page around the view is dark: deck, JupyterLab, VS Code, system */
function isDark() {
	const { classList, dataset } = document.body;
	const asked = document.documentElement.dataset.theme;
	if (asked) return asked === "dark";
	if (dataset.jpThemeLight) return dataset.jpThemeLight === "false";
	if (classList.contains("vscode-light")) return false;
	if (classList.contains("vscode-dark")) return true;
	return matchMedia("(prefers-color-scheme: dark)").matches;
}

/**
 * Gives the root its style and colour scheme and keeps it in step with the page.
 * @param {HTMLElement} root
 * @param {AbortSignal} signal ends the watching
 * @param {() => void} onChange called after each change of scheme
 */
export function applyTheme(root, signal, onChange) {
	if (!root.querySelector(":scope > style")) {
		const style = document.createElement("style");
		style.textContent = CSS;
		root.prepend(style);
	}
	const update = () => {
		const scheme = isDark() ? "dark" : "light";
		const before = root.dataset.scheme;
		root.dataset.scheme = scheme;
		if (before && before !== scheme) onChange();
	};
	const watcher = new MutationObserver(update);
	watcher.observe(document.documentElement, { attributes: true });
	watcher.observe(document.body, { attributes: true });
	matchMedia("(prefers-color-scheme: dark)").addEventListener("change", update, { signal });
	signal.addEventListener("abort", () => watcher.disconnect());
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
