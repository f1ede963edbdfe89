/**
 * When to draw the scene, so that a machine that is slow at it still has time for the rest of the page. Pure.
 *
 * A draw costs the time until the next animation frame comes. Where that is long (no graphics card, or a busy one), as
 * much time again is left to everything else: keys, plots, messages.
 */

/** A frame that takes longer than this is slow: below some 25 per second the eye sees single pictures anyway. */
const SLOW_MS = 40;
/** Never rest longer than this: a tab that was hidden has not been slow. */
const LONGEST_REST_MS = 1000;

export class Pace {
  #drawnAt = -Infinity;
  #restUntil = -Infinity;
  #measuring = false;

  /**
   * Whether to draw in this animation frame; call it once in each.
   * @param {number} now milliseconds
   * @returns {boolean}
   */
  frame(now) {
    if (this.#measuring) {
      const cost = now - this.#drawnAt;
      this.#restUntil = cost > SLOW_MS ? now + Math.min(cost, LONGEST_REST_MS) : now;
      this.#measuring = false;
    }
    if (now < this.#restUntil) return false;
    this.#drawnAt = now;
    this.#measuring = true;
    return true;
  }
}
