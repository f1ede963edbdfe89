/**
 * Whether the author has edited the scenario's file since this session took it: asked for now and then, told on a line
 * of its own, taken over by a key.
 */

import { element, keycap } from "../page/element.js";

/** An author saves and looks up; five seconds are soon enough. */
const POLL_MS = 5000;

export class Versions {
  /** @param {() => Promise<import("../page/types.js").Listed>} ask @param {() => void} reload */
  constructor(ask, reload) {
    this.ask = ask;
    this.button = element("button", { onclick: reload }, keycap("F8"), "Go on in it");
    this.line = element("p", { class: "banner version", role: "status", hidden: true });
    this.newer = false;
    this.timer = 0;
    this.over = false;
    void this.#look();
  }

  async #look() {
    try {
      const { version } = await this.ask();
      this.#tell(version ?? { newer: false, faults: [] });
      // A session that is over stays in the version it ended in.
      this.over ||= version === undefined;
    } catch (error) {
      console.warn("whether there is a newer version is not known:", error);
    }
    if (!this.over) this.timer = window.setTimeout(() => void this.#look(), POLL_MS);
  }

  /** @param {{newer: boolean, faults: string[]}} version */
  #tell({ newer, faults }) {
    this.newer = newer && faults.length === 0;
    this.line.hidden = !newer && faults.length === 0;
    if (faults.length)
      this.line.replaceChildren(
        "The scenario’s file was edited and cannot be used; the session goes on as it is. ",
        element("span", { class: "faults" }, faults.join("\n")),
      );
    else if (newer) this.line.replaceChildren("The scenario’s file was edited: there is a newer version. ", this.button);
  }

  /** It was taken over. */
  taken() {
    this.newer = false;
    this.line.hidden = true;
  }

  close() {
    this.over = true;
    clearTimeout(this.timer);
  }
}
