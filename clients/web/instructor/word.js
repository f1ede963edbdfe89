/**
 * The one line in which the console says what became of the last key: recorded, kept for later, or refused and why.
 */

import { element, mark, say } from "../page/element.js";

/** @typedef {"done" | "held" | "refused"} Tone */

export class Word {
  constructor() {
    this.root = element("output", { class: "word", "aria-live": "polite" });
  }

  /** @param {Tone} tone @param {string} text */
  tell(tone, text) {
    mark(this.root, "tone", tone);
    say(this.root, text);
    this.root.classList.remove("flash");
    void this.root.offsetWidth; // read on purpose: starts the animation again
    this.root.classList.add("flash");
  }
}
