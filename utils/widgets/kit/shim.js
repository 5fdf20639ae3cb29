/**
 * The part of a Jupyter widget model that views use. A static view gets `localModel`, a view with
 * a kernel gets anywidget's model: the view's code cannot tell which.
 * @typedef {object} Model
 * @property {(name: string) => any} get
 * @property {(name: string, value: any) => void} set
 * @property {(event: string, callback: () => void) => void} on
 * @property {(event: string, callback: () => void) => void} off
 * @property {() => void} save_changes
 */

/**
 * @param {Record<string, any>} state
 * @returns {Model}
 */
export function localModel(state) {
	const values = new Map(Object.entries(state));
	/** @type {Map<string, Set<() => void>>} */
	const listeners = new Map();
	return {
		get: (name) => values.get(name),
		set(name, value) {
			if (values.get(name) === value) return;
			values.set(name, value);
			for (const callback of listeners.get(`change:${name}`) ?? []) callback();
		},
		on(event, callback) {
			if (!listeners.has(event)) listeners.set(event, new Set());
			listeners.get(event).add(callback);
		},
		off: (event, callback) => listeners.get(event)?.delete(callback),
		save_changes() {},
	};
}

/**
 * Swaps the poster of every not yet mounted root with this id for the live view. The same output
 * may stand twice in a page (a second view of a cell), so all are taken, each with its own model.
 * @param {string} id
 * @param {{ render: (context: { model: Model, el: HTMLElement }) => any }} widget
 */
export function mount(id, widget) {
	for (const root of document.querySelectorAll(`[id="${id}"]:not([data-mounted])`)) {
		root.dataset.mounted = "true";
		const el = document.createElement("div");
		root.append(el);
		const island = root.querySelector(':scope > script[data-role="state"]');
		try {
			widget.render({ model: localModel(JSON.parse(island.textContent)), el });
			root.querySelector(':scope > [data-role="poster"]')?.remove();
		} catch (error) {
			el.remove();
			throw error;
		}
	}
}
