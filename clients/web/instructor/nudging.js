/** The continuous states, each to be raised or lowered by a step; the keys mean the one that is chosen. */

import { element, keycap, mark } from "../page/element.js";
import { words } from "../page/format.js";

/** A nudge is this share of the state's range: enough to be seen, too little to decide. */
const STEP = 0.1;

export class Nudging {
  /**
   * @param {HTMLElement} parent
   * @param {import("../page/types.js").Scenario} scenario
   * @param {(state: string, by: number) => void} nudge
   */
  constructor(parent, scenario, nudge) {
    const states = Object.entries(scenario.states ?? {});
    this.nudge = nudge;
    this.steps = Object.fromEntries(states.map(([name, { low, high }]) => [name, (high - low) * STEP]));
    this.names = states.map(([name]) => name);
    this.chosen = scenario.goal?.state ?? this.names[0];
    this.rows = this.names.map((name) => {
      const button = (/** @type {string} */ key, /** @type {1 | -1} */ sign, /** @type {string} */ title) =>
        element("button", { title, onclick: () => this.#by(name, sign) }, keycap(key));
      const row = element(
        "span",
        { class: "nudge" },
        button("−", -1, `Lower ${words(name)}`),
        element("span", {}, words(name)),
        button("+", 1, `Raise ${words(name)}`),
      );
      return { name, row };
    });
    if (this.names.length === 0) return;
    const other =
      this.names.length > 1
        ? element("button", { class: "other", title: "Another state", onclick: () => this.next() }, keycap(","))
        : null;
    parent.append(
      element("div", { class: "nudging" }, element("h3", {}, "Nudge"), ...this.rows.map(({ row }) => row), other),
    );
    this.#mark();
  }

  /** Raise or lower the chosen one. @param {1 | -1} sign */
  press(sign) {
    if (this.chosen !== undefined) this.#by(this.chosen, sign);
  }

  /** Let the keys mean the next one. */
  next() {
    this.chosen = this.names[(this.names.indexOf(this.chosen) + 1) % this.names.length];
    this.#mark();
  }

  /** @param {string} name @param {1 | -1} sign */
  #by(name, sign) {
    this.nudge(name, sign * this.steps[name]);
  }

  #mark() {
    for (const { name, row } of this.rows) mark(row, "chosen", String(name === this.chosen && this.names.length > 1));
  }
}
