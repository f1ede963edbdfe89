/**
 * The trainee's place over time: steps the walker at exact moments, 72 a second, and hands each out as a
 * sample.
 * The clock is the page's; a slow screen delays samples and never changes them.
 */

import { RATE } from "./walking.js";

const STEP_MS = 1000 / RATE;
/** After a longer pause (a sleeping computer) nothing is made up: the samples have a hole. */
const MOST_BEHIND_MS = 2_000;

/**
 * @typedef {import("./walking.js").Walker} Walker
 * @typedef {import("./keyboard.js").Keyboard} Keyboard
 */

export class Motion {
  #walker;
  #keyboard;
  #onSample;
  #originMs = 0;
  #steps = 0;
  /** While false the body stands still; samples go on. */
  moves = true;

  /**
   * @param {Walker} walker
   * @param {Keyboard} keyboard
   * @param {(ms: number, row: Float64Array) => void} onSample
   */
  constructor(walker, keyboard, onSample) {
    this.#walker = walker;
    this.#keyboard = keyboard;
    this.#onSample = onSample;
  }

  /** Samples begin. @param {number} nowMs */
  start(nowMs) {
    this.#originMs = nowMs;
    this.#steps = 0;
  }

  /**
   * All steps that are due.
   * @param {number} nowMs performance.now()
   * @param {readonly {x: number, z: number}[]} people
   */
  advance(nowMs, people) {
    if (nowMs - this.#originMs - this.#steps * STEP_MS > MOST_BEHIND_MS) this.start(nowMs - STEP_MS);
    for (;;) {
      const at = this.#originMs + (this.#steps + 1) * STEP_MS;
      if (at > nowMs) return;
      this.#steps += 1;
      const held = this.#keyboard.until(at);
      if (this.moves) this.#walker.step(held, people);
      this.#onSample(at, this.#walker.row);
    }
  }
}
