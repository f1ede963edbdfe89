/**
 * Where a replay stands in time: play, pause, seek, within the recorded stretch. Pure: the wall clock comes in as
 * `now` (seconds, any origin, never going back).
 */

export class Playback {
  /**
   * @param {number} start first recorded second, on the session's clock
   * @param {number} end last recorded second
   */
  constructor(start, end) {
    this.start = start;
    this.end = Math.max(start, end);
    this.rate = 1;
    this.playing = false;
    this.#from = start;
    this.#since = 0;
  }

  /** The session time at which playing (or standing) began, and the wall time it began at. */
  #from;
  #since;

  /** The session time to show now; reaching the end pauses. @param {number} now @returns {number} */
  at(now) {
    if (!this.playing) return this.#from;
    const t = this.#from + (now - this.#since) * this.rate;
    if (t < this.end) return t;
    this.#hold(this.end, now);
    return this.end;
  }

  /** Play on; at the end, from the beginning. @param {number} now */
  play(now) {
    const t = this.at(now);
    this.#hold(t >= this.end ? this.start : t, now);
    this.playing = true;
  }

  /** @param {number} now */
  pause(now) {
    this.#hold(this.at(now), now);
  }

  /** @param {number} now */
  toggle(now) {
    if (this.playing) this.pause(now);
    else this.play(now);
  }

  /** Go to a time, kept within the recording; keeps playing if it was. @param {number} t @param {number} now */
  seek(t, now) {
    const { playing } = this;
    this.#hold(Math.min(this.end, Math.max(this.start, t)), now);
    this.playing = playing;
  }

  /** @param {number} rate times real time @param {number} now */
  setRate(rate, now) {
    this.seek(this.at(now), now);
    this.rate = rate;
  }

  /** @param {number} t @param {number} now */
  #hold(t, now) {
    this.#from = t;
    this.#since = now;
    this.playing = false;
  }
}
