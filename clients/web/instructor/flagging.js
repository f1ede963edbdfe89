/**
 * Flags: one key marks the moment at once, a note can follow when there is time. A flag pressed while the connection is
 * lost is kept and sent afterwards with the moment it was pressed.
 */

import { element, keycap, mark, say } from "../page/element.js";
import { noteTo } from "../page/events.js";
import { clock } from "../page/format.js";
import { WireError } from "../wire/messages.js";
import { HeldFlags } from "./held.js";

/** The server's bound for a note, less what names the flag it belongs to. */
const NOTE_LENGTH = 480;

/** @typedef {(note: string) => Promise<import("../wire/messages.js").Answer>} SendFlag */

export class Flagging {
  /**
   * @param {HTMLElement} parent
   * @param {SendFlag} send
   */
  constructor(parent, send) {
    this.send = send;
    this.held = new HeldFlags();
    /** The flag a note would belong to. @type {number | null} */
    this.last = null;
    this.button = element("button", { class: "flag", onclick: () => void this.flag(this.now()) }, keycap("F"), element("span", {}, "Flag this moment"));
    this.word = element("span", { class: "flag-word", "aria-live": "polite" }, "");
    this.field = element("input", { type: "text", maxlength: NOTE_LENGTH, "aria-label": "Note to the last flag",
      placeholder: "Note to the last flag", disabled: true, onkeydown: (/** @type {KeyboardEvent} */ event) => this.#key(event) });
    parent.append(element("section", { class: "flagging" }, this.button, this.word, element("label", {}, keycap("N"), this.field)));
    /** Scenario seconds now; set by the console. */
    this.now = () => 0;
  }

  /** @param {number} at scenario seconds */
  async flag(at) {
    try {
      const answer = await this.send("");
      this.last = typeof answer.event === "number" ? answer.event : null;
      this.field.disabled = this.last === null;
      this.#tell("done", `Flagged ${clock(at)}`);
    } catch (error) {
      this.#missed(error, at);
    }
  }

  /** Put the cursor into the note. */
  note() {
    if (this.field.disabled) this.#tell("refused", "Flag a moment first (F)");
    else this.field.focus();
  }

  /** The connection is back: send what was held. */
  async reconnected() {
    for (const note of this.held.release()) await this.send(note).catch((error) => this.#missed(error, this.now(), note));
  }

  /** @param {unknown} error @param {number} at @param {string} [note] */
  #missed(error, at, note = "") {
    if (!(error instanceof WireError)) throw error;
    const lost = error.code === "not_connected" || error.code === "connection_lost";
    if (lost && this.held.hold(at, note)) this.#tell("held", `Flag ${clock(at)} kept until the connection is back`);
    else this.#tell("refused", error.code === "wrong_phase" ? "Flags belong to a running scenario" : error.message);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key === "Escape") this.field.blur();
    if (event.key !== "Enter") return;
    void this.#keep(this.field.value.trim());
    this.field.blur();
  }

  /** @param {string} note */
  async #keep(note) {
    if (note === "" || this.last === null) return;
    try {
      await this.send(noteTo(this.last, note));
      this.field.value = "";
      this.#tell("done", "Note recorded");
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#tell("refused", "Note not sent; it stays here");
    }
  }

  /** @param {string} state @param {string} text */
  #tell(state, text) {
    mark(this.word, "state", state);
    say(this.word, text);
    this.word.classList.remove("flash");
    void this.word.offsetWidth; // read on purpose: starts the animation again
    this.word.classList.add("flash");
  }
}
