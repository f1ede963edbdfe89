/**
 * Flags pressed while the connection is lost. A flag only says "look here", so it is kept with the moment it was
 * pressed and sent when the connection is back; injects and marks act on the person and are never sent late. Pure.
 */

import { clock } from "../page/format.js";

/** More than this many flags in one outage are somebody leaning on the key. */
const MOST = 50;

export class HeldFlags {
  constructor() {
    /** @type {{at: number, note: string}[]} */
    this.flags = [];
  }

  /**
   * Keep a flag; returns false when no more are kept.
   * @param {number} at scenario seconds at which it was pressed
   * @param {string} [note]
   */
  hold(at, note = "") {
    if (this.flags.length >= MOST) return false;
    this.flags.push({ at, note });
    return true;
  }

  /** The notes to send, oldest first; afterwards nothing is held. @returns {string[]} */
  release() {
    const notes = this.flags.map(
      ({ at, note }) => `At ${clock(at)}, while the connection was lost${note ? `: ${note}` : ""}`,
    );
    this.flags = [];
    return notes;
  }
}
