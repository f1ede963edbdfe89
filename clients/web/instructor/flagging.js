/**
 * Flags: one key marks the moment at once, a note can follow when there is time. A flag pressed while the connection is
 * lost is kept and sent afterwards with the moment it was pressed.
 */

import { element, keycap } from "../page/element.js";
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
   * @param {import("./word.js").Word} word
   */
  constructor(parent, send, word) {
    this.send = send;
    this.word = word;
    this.held = new HeldFlags();
    /** The flag a note would belong to. @type {number | null} */
    this.last = null;
    this.button = element(
      "button",
      { class: "flag", onclick: () => void this.flag(this.now()) },
      keycap("F"),
      element("span", {}, "Flag this moment"),
    );
    this.field = element("input", {
      type: "text",
      maxlength: NOTE_LENGTH,
      "aria-label": "Note to the last flag",
      placeholder: "Note to the last flag",
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.#key(event),
    });
    parent.append(
      element("section", { class: "flagging" }, this.button, element("label", {}, keycap("N"), this.field)),
    );
    /** Scenario seconds now; set by the console. */
    this.now = () => 0;
  }

  /** @param {number} at scenario seconds */
  async flag(at) {
    try {
      const answer = await this.send("");
      this.last = typeof answer.event === "number" ? answer.event : null;
      this.word.tell("done", `Flagged ${clock(at)}`);
    } catch (error) {
      this.#missed(error, at);
    }
  }

  /** Put the cursor into the note; where nothing was flagged yet, this moment is. */
  note() {
    this.field.focus();
    if (this.last === null) void this.flag(this.now());
  }

  /** The connection is back: send what was held. */
  async reconnected() {
    const notes = this.held.release();
    for (const note of notes) await this.send(note).catch((error) => this.#missed(error, this.now(), note));
    if (notes.length > 0 && this.held.flags.length === 0) this.word.tell("done", "Flags that were kept are recorded");
  }

  /** @param {unknown} error @param {number} at @param {string} [note] */
  #missed(error, at, note = "") {
    if (!(error instanceof WireError)) throw error;
    const lost = error.code === "not_connected" || error.code === "connection_lost";
    if (lost && this.held.hold(at, note))
      this.word.tell("held", `Flag ${clock(at)} kept until the connection is back`);
    else
      this.word.tell("refused", error.code === "wrong_phase" ? "Flags belong to a running scenario" : error.message);
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
    if (note === "") return;
    if (this.last === null) return this.word.tell("refused", "Nothing is flagged yet; the note stays here");
    try {
      await this.send(noteTo(this.last, note));
      this.field.value = "";
      this.word.tell("done", "Note recorded");
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.word.tell("refused", "Note not sent; it stays here");
    }
  }
}
