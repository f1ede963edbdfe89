/**
 * How many frames were presented and how many were due and did not come, from the times at which frames began. Pure.
 *
 * A display shows a frame at each of its refreshes or skips some; between two frames lies a whole number of periods,
 * and each beyond the first is a dropped frame. The period is the device's own word where it gives one, else the
 * measured one: the 10th percentile of the latest intervals, so that dropped frames do not lengthen it.
 */

/** About two seconds. */
const INTERVALS = 128;
/** Fewer intervals than this do not tell the period. */
const ENOUGH = 16;
/** No frame for so long is a device asleep or a page held up, not a display that dropped frames. */
const LONGEST_MS = 5_000;

export class FrameTally {
  /** Of the display in Hz as the device says, 0 where it does not. */
  nominalHz = 0;
  /** Of the latest interval that was taken: frames per second, frames that were due and did not come. */
  rate = 0;
  dropped = 0;
  #fromMs = NaN;
  #lastMs = NaN;
  #frames = 0;
  #missed = 0;
  #intervals = new Float64Array(INTERVALS);
  #sorted = new Float64Array(INTERVALS);
  #count = 0;
  #periodMs = 0;

  /** Counting begins, and what was not shown before does not matter. @param {number} nowMs */
  begin(nowMs) {
    this.#fromMs = nowMs;
    this.#frames = this.#missed = 0;
    this.pause();
  }

  /** Nothing is presented from here on, and none is missing until the next frame. */
  pause() {
    this.#lastMs = NaN;
  }

  /** A frame is presented. Allocates nothing. @param {number} ms */
  frame(ms) {
    this.#frames += 1;
    const interval = ms - this.#lastMs;
    this.#lastMs = ms;
    if (!(interval > 0 && interval < LONGEST_MS)) return;
    this.#intervals[this.#count % INTERVALS] = interval;
    this.#count += 1;
    const period = this.nominalHz > 0 ? 1000 / this.nominalHz : this.#periodMs;
    if (period > 0) this.#missed += Math.max(0, Math.round(interval / period) - 1);
  }

  /** Ends an interval: `rate` and `dropped` tell of it, and the next begins. @param {number} nowMs */
  take(nowMs) {
    const seconds = (nowMs - this.#fromMs) / 1000;
    this.rate = seconds > 0 ? this.#frames / seconds : 0;
    this.dropped = this.#missed;
    this.#fromMs = nowMs;
    this.#frames = this.#missed = 0;
    this.#measure();
  }

  #measure() {
    const known = Math.min(this.#count, INTERVALS);
    if (known < ENOUGH) return;
    this.#sorted.set(this.#intervals);
    // Places that were never written hold 0 and come first.
    this.#sorted.sort();
    this.#periodMs = this.#sorted[INTERVALS - known + Math.floor(known / 10)];
  }
}
