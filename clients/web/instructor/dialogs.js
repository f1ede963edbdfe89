/** The console's dialogs: all keys, the questions before a session ends and before it goes back. */

import { element, keycap } from "../page/element.js";
import { clock, words } from "../page/format.js";
import { cap } from "./keys.js";

/** @typedef {import("./keys.js").Binding} Binding */
/** @typedef {import("../wire/messages.js").Checkpoint} Checkpoint */

/** One digit each. */
const MOMENTS = 9;

/** The columns of the list of keys, and what stands in each. */
const COLUMNS = /** @type {[string, (binding: Binding) => boolean][][]} */ ([
  [
    ["The trainee just said", ({ kind }) => kind === "mark"],
    ["Make it happen", ({ kind }) => kind === "inject"],
  ],
  [["Steer", (binding) => binding.kind === "command" && binding.steers === true]],
  [["Console", (binding) => binding.kind === "command" && !binding.steers]],
]);

/** @param {readonly Binding[]} table */
export function keysDialog(table) {
  const group = (/** @type {string} */ title, /** @type {(binding: Binding) => boolean} */ belongs) => {
    const rows = table
      .filter((binding) => belongs(binding) && binding.key !== "")
      .flatMap(({ key, text }) => [element("dt", {}, keycap(cap(key))), element("dd", {}, text)]);
    return element("section", {}, element("h3", {}, title), element("dl", {}, ...rows));
  };
  const columns = COLUMNS.map((groups) =>
    element("div", {}, ...groups.map(([title, belongs]) => group(title, belongs))),
  );
  return show(
    element(
      "dialog",
      { class: "keys" },
      element("h2", {}, "All keys"),
      element("div", { class: "key-groups" }, ...columns),
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

/**
 * Ask where to go back to, the latest moment first, and then whether to. One moment is one digit.
 * @param {readonly Checkpoint[]} checkpoints
 * @param {(checkpoint: Checkpoint) => void} onRewind
 */
export function rewindDialog(checkpoints, onRewind) {
  const latest = checkpoints.toReversed();
  // The last digit is the start, however much has been kept since.
  const offered = latest.length > MOMENTS ? [...latest.slice(0, MOMENTS - 1), latest[latest.length - 1]] : latest;
  const sure = element("button", { class: "grave", disabled: true }, keycap("Enter"), "Go back");
  const buttons = offered.map((checkpoint, i) =>
    element(
      "button",
      { type: "button", "aria-pressed": "false", onclick: () => choose(i) },
      keycap(String(i + 1)),
      element("time", {}, clock(checkpoint.ms / 1000)),
      element("span", {}, momentWords(checkpoint)),
      element("span", { class: "dim" }, `attempt ${checkpoint.attempt}`),
    ),
  );
  /** @param {number} index */
  function choose(index) {
    buttons.forEach((button, i) => button.setAttribute("aria-pressed", String(i === index)));
    sure.disabled = false;
    sure.onclick = () => onRewind(offered[index]);
    sure.focus();
  }
  const dialog = show(
    element(
      "dialog",
      { class: "ask-rewind" },
      element("h2", {}, "Go back to an earlier moment?"),
      element(
        "p",
        {},
        "Everybody stands where they stood then, frozen until you let it go on. What follows is the next attempt, and the grade is its own; what was recorded stays.",
      ),
      element("ol", { class: "moments" }, ...buttons.map((button) => element("li", {}, button))),
      element("form", { method: "dialog" }, element("button", { autofocus: true }, keycap("Esc"), "Stay here"), sure),
    ),
  );
  dialog.addEventListener("keydown", ({ key }) => {
    const index = Number(key) - 1;
    if (index in offered) choose(index);
  });
  return dialog;
}

/** @param {Checkpoint} checkpoint */
function momentWords({ why, node, label }) {
  if (why === "start") return "The start";
  if (why === "flag") return label === "" ? "Flagged" : `Flagged: ${label}`;
  if (why === "mark") return `Marked: ${words(label)}`;
  return `${words(node)}: ${words(label)}`;
}

/** @param {HTMLDialogElement} dialog */
function show(dialog) {
  document.body.append(dialog);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.showModal();
  return dialog;
}
