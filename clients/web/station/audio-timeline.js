/**
 * From the audio clock to the page's clock, from when batches arrive: an arrival is only ever late, so the
 * earliest of the last seconds tells the offset. The estimate is slewed, not stepped, and follows the drift
 * between
 * sound card and computer; a pause of the audio clock (a suspended page) moves it forward at once. Pure.
 */

/** Arrivals of this many seconds are compared: 100 batches, enough that one was not held up. */
const WINDOW_S = 3;
/** Drift is below 0.1 ms/s; this follows ten times faster and still hides single early arrivals. */
const SLEW_MS_PER_S = 1;
/** No jitter is larger; it was the audio clock that stood still. */
const PAUSE_MS = 150;

export class AudioTimeline {
  /** @type {{at: number, offset: number}[]} */
  #arrivals = [];
  /** @type {number | null} */
  #offset = null;
  #lastAt = 0;
  #lastRow = -Infinity;

  /**
   * A batch came.
   * @param {number} audioS audio clock at its end, seconds
   * @param {number} nowMs performance.now() at its arrival
   */
  arrived(audioS, nowMs) {
    const offset = nowMs - audioS * 1000;
    this.#arrivals.push({ at: nowMs, offset });
    while (this.#arrivals[0].at < nowMs - WINDOW_S * 1000) this.#arrivals.shift();
    let target = Infinity;
    for (const arrival of this.#arrivals) target = Math.min(target, arrival.offset);
    if (this.#offset === null || target - this.#offset > PAUSE_MS || this.#offset - target > PAUSE_MS) {
      this.#offset = target;
    } else {
      const most = ((nowMs - this.#lastAt) / 1000) * SLEW_MS_PER_S;
      this.#offset += Math.max(-most, Math.min(most, target - this.#offset));
    }
    this.#lastAt = nowMs;
  }

  /**
   * @param {number} audioS
   * @param {number} latencyMs how long before it was processed this was heard
   * @returns {number} performance.now() of that moment; never before the previous result
   */
  toPage(audioS, latencyMs) {
    const at = audioS * 1000 + (this.#offset ?? 0) - latencyMs;
    this.#lastRow = Math.max(at, this.#lastRow);
    return this.#lastRow;
  }
}
