/**
 * The session's events in plain words, newest first. A branch opens to the rule that fired, the values it saw and what
 * else was possible. What matters is shown; everything is one key away.
 */

import { element } from "../page/element.js";
import { Names, noteOf, sentence } from "../page/events.js";
import { clock } from "../page/format.js";

/** @typedef {import("../page/types.js").JournalEvent} JournalEvent */

/** Older lines leave the page, not the record: a list of thousands would slow every frame. */
const MOST_LINES = 600;

export class Log {
  /** @param {HTMLElement} parent @param {import("../page/types.js").Scenario} scenario */
  constructor(parent, scenario) {
    this.names = new Names(scenario);
    this.list = element("ol", { class: "log-lines", tabindex: "0", "aria-label": "What happened, newest first" });
    this.root = parent;
    parent.append(this.list);
    /** Texts of the lines of flags, to which notes are added. @type {Map<number, HTMLElement>} */
    this.flags = new Map();
  }

  /** @param {JournalEvent} event */
  add(event) {
    const flag = noteOf(event);
    const text = flag === null ? undefined : this.flags.get(flag);
    if (text) text.textContent = sentence(event, this.names).text;
    else this.list.prepend(this.#line(event));
    while (this.list.children.length > MOST_LINES) this.list.lastElementChild?.remove();
  }

  /** Show everything, or what matters. */
  toggle() {
    return this.root.classList.toggle("everything");
  }

  /** @param {JournalEvent} event */
  #line(event) {
    const { lane, text, details, routine } = sentence(event, this.names);
    const said = element("span", { class: "log-text" }, text);
    if (event.kind === "flag") this.flags.set(event.seq, said);
    const time = element("time", {}, event.ms === null || event.ms <= 0 ? "" : clock(event.ms / 1000));
    const body =
      details.length === 0
        ? said
        : element("details", {}, element("summary", {}, said), ...details.map((detail) => element("p", {}, detail)));
    return element(
      "li",
      { "data-lane": lane, "data-kind": event.kind, class: routine ? "routine" : null },
      time,
      body,
    );
  }
}
