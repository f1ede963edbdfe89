/**
 * Building and changing the page without a framework: one function that makes an element, one that says a text only
 * when it changed (live figures come ten times a second; an unchanged text must not cost a layout).
 */

/**
 * @typedef {Node | string | null | undefined | false} Child
 * @typedef {Record<string, string | number | boolean | null | undefined | ((event: any) => void)>} Attributes
 */

/**
 * Make an element. `on...` attributes become listeners, `true` an empty attribute; null, undefined and false are left
 * out. Text is always set as text, never parsed as HTML.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Attributes} [attributes]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? "" : String(value));
  }
  made.append(...children.filter(present));
  return made;
}

/**
 * @param {Child} child
 * @returns {child is Node | string}
 */
function present(child) {
  return child !== null && child !== undefined && child !== false;
}

/**
 * Set an element's text if it differs.
 * @param {Element} target
 * @param {string} text
 */
export function say(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

/**
 * Set `data-<name>`, on which the style sheet decides, if it differs.
 * @param {HTMLElement} target
 * @param {string} name
 * @param {string} value
 */
export function mark(target, name, value) {
  if (target.dataset[name] !== value) target.dataset[name] = value;
}

/**
 * A key as it is printed on a button.
 * @param {string} key
 * @returns {HTMLElement}
 */
export function keycap(key) {
  return element("kbd", {}, key.length === 1 ? key.toUpperCase() : key);
}

/**
 * A button clicked with the mouse must not keep the focus where keys mean something: the next Space would press it
 * again. Add it as a listener for `click`; a button pressed by a key keeps its focus.
 * @param {MouseEvent} event
 */
export function letGo({ target, detail }) {
  if (detail > 0 && target instanceof HTMLElement) target.closest("button")?.blur();
}
