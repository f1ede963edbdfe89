/** What an instructor does with the branches ahead: choose one, have it taken now, hold it back or let it go. */

import { words } from "../page/format.js";
import { Ahead } from "./ahead.js";

/** @typedef {import("./ahead.js").Branch} Branch */
/** @typedef {(type: string, fields: Record<string, unknown>, done: string) => Promise<void>} Send */

export class Branches {
  /**
   * @param {Send} send says `done` when it is
   * @param {import("./word.js").Word} word
   * @param {() => void} draw
   */
  constructor(send, word, draw) {
    this.send = send;
    this.word = word;
    this.draw = draw;
    this.ahead = new Ahead();
  }

  /** @param {1 | -1} by */
  move(by) {
    this.ahead.move(by);
    this.draw();
  }

  /** @param {Branch} branch */
  choose(branch) {
    this.ahead.choose(branch);
    this.draw();
  }

  /** Show a region's branches, or no longer. @param {string} region */
  open(region) {
    this.ahead.open(region);
    this.draw();
  }

  /** @param {Branch | null} branch the chosen one unless told */
  take(branch = this.#chosen()) {
    if (!branch) return;
    const { region, node } = branch;
    void this.send("goto", { region, node }, `Sent to ${words(node)}`);
  }

  /** @param {Branch | null} branch the chosen one unless told */
  hold(branch = this.#chosen()) {
    if (!branch) return;
    const { rule, held } = branch.way;
    void this.send("hold", { rule, on: !held }, held ? "Let go" : "Held back");
  }

  #chosen() {
    const { chosen } = this.ahead;
    if (!chosen) this.word.tell("refused", "No branch is chosen: ↓ and ↑ choose one");
    return chosen;
  }
}
