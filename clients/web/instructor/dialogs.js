/** The console's two dialogs: all keys, and the question before a session ends. */

import { element, keycap } from "../page/element.js";
import { cap } from "./keys.js";

/** @typedef {import("./keys.js").Binding} Binding */

const GROUPS = /** @type {const} */ ([
  ["mark", "The trainee just said"],
  ["inject", "Make it happen"],
  ["command", "Console"],
]);

/** @param {readonly Binding[]} table */
export function keysDialog(table) {
  const groups = GROUPS.map(([kind, title]) => {
    const rows = table
      .filter((binding) => binding.kind === kind && binding.key !== "")
      .flatMap(({ key, text }) => [element("dt", {}, keycap(cap(key))), element("dd", {}, text)]);
    return element("section", {}, element("h3", {}, title), element("dl", {}, ...rows));
  });
  return show(
    element(
      "dialog",
      { class: "keys" },
      element("h2", {}, "All keys"),
      element("div", { class: "key-groups" }, ...groups),
      element("form", { method: "dialog" }, element("button", { autofocus: true }, "Close")),
    ),
  );
}

/**
 * Ask before the session ends. The safe answer has the focus, so that a stray Enter ends nothing.
 * @param {() => void} onEnd
 */
export function endDialog(onEnd) {
  return show(
    element(
      "dialog",
      { class: "ask-end" },
      element("h2", {}, "End this session?"),
      element(
        "p",
        {},
        "The trainee goes to the debrief, and what was recorded so far is graded. This cannot be undone.",
      ),
      element(
        "form",
        { method: "dialog" },
        element("button", { autofocus: true }, keycap("Esc"), "Keep going"),
        element("button", { class: "grave", onclick: onEnd }, "End the session"),
      ),
    ),
  );
}

/** @param {HTMLDialogElement} dialog */
function show(dialog) {
  document.body.append(dialog);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.showModal();
  return dialog;
}
