/**
 * What is known of one person's movement, to be drawn at any moment: a short history of samples, read
 * between two of them. Pure; no allocation after construction.
 */

/** 64 samples are 3 s of 20 Hz: more than the delay at which they are drawn ever needs. */
const CAPACITY = 64;
/** Positions this far apart in one step are not walked. */
const JUMP_M = 3;

/**
 * @typedef {{p: Float64Array, q: Float64Array}} Pose  metres; quaternion x, y, z, w
 */

export class PoseTrack {
  #t = new Float64Array(CAPACITY);
  #rows = new Float64Array(CAPACITY * 7);
  #head = 0;
  #count = 0;
  /** The latest result of `at`. @type {Pose} */
  pose = { p: new Float64Array(3), q: new Float64Array([0, 0, 0, 1]) };

  /** Seconds of the newest sample; -Infinity when there is none. */
  get newest() {
    return this.#count === 0 ? -Infinity : this.#t[this.#slot(this.#count - 1)];
  }

  get empty() {
    return this.#count === 0;
  }

  clear() {
    this.#count = 0;
  }

  /**
   * @param {number} t seconds; earlier than the newest sample: a jump back, what was known is forgotten
   * @param {ArrayLike<number>} p
   * @param {ArrayLike<number>} q
   */
  add(t, p, q) {
    if (t < this.newest) this.clear();
    if (t === this.newest) this.#count -= 1;
    if (this.#count === CAPACITY) {
      this.#head = (this.#head + 1) % CAPACITY;
      this.#count -= 1;
    }
    const slot = this.#slot(this.#count);
    this.#count += 1;
    this.#t[slot] = t;
    for (let i = 0; i < 3; i++) this.#rows[7 * slot + i] = p[i];
    for (let i = 0; i < 4; i++) this.#rows[7 * slot + 3 + i] = q[i];
  }

  /**
   * @param {number} t seconds; outside the known time the nearest sample holds
   * @returns {Pose} `this.pose`, valid until the next call
   */
  at(t) {
    let newer = 0;
    while (newer < this.#count && this.#t[this.#slot(newer)] <= t) newer += 1;
    const b = this.#slot(Math.min(newer, this.#count - 1));
    const a = this.#slot(Math.max(newer - 1, 0));
    const span = this.#t[b] - this.#t[a];
    const share = span > 0 ? Math.min(1, Math.max(0, (t - this.#t[a]) / span)) : 1;
    this.#between(7 * a, 7 * b, share);
    return this.pose;
  }

  /** @param {number} a @param {number} b @param {number} share */
  #between(a, b, share) {
    const { p, q } = this.pose;
    const rows = this.#rows;
    let away = 0;
    let dot = 0;
    for (let i = 0; i < 3; i++) away += (rows[b + i] - rows[a + i]) ** 2;
    for (let i = 3; i < 7; i++) dot += rows[a + i] * rows[b + i];
    const k = away > JUMP_M * JUMP_M ? Math.round(share) : share;
    for (let i = 0; i < 3; i++) p[i] = rows[a + i] + (rows[b + i] - rows[a + i]) * k;
    // Samples are 50 ms apart: the chord is as good as the arc, once it is made unit again.
    const sign = dot < 0 ? -1 : 1;
    let norm = 0;
    for (let i = 0; i < 4; i++) {
      q[i] = rows[a + 3 + i] * (1 - k) + sign * rows[b + 3 + i] * k;
      norm += q[i] * q[i];
    }
    norm = Math.sqrt(norm) || 1;
    for (let i = 0; i < 4; i++) q[i] /= norm;
  }

  /** @param {number} i 0 oldest */
  #slot(i) {
    return (this.#head + i) % CAPACITY;
  }
}

/** Heading about +y of an orientation, 0 looks along -z. @param {ArrayLike<number>} q */
export function yawOf(q) {
  const [x, y, z, w] = [q[0], q[1], q[2], q[3]];
  return Math.atan2(2 * (x * z + w * y), 1 - 2 * (x * x + y * y));
}

/** Pitch, up positive. @param {ArrayLike<number>} q */
export function pitchOf(q) {
  const [x, y, z, w] = [q[0], q[1], q[2], q[3]];
  return Math.asin(Math.max(-1, Math.min(1, 2 * (w * x - y * z))));
}

/**
 * From session time to this page's clock, from the arrival of pushes alone. Arrivals are only ever late, so
 * the
 * earliest sets the clock; it is let go slowly, so that drift and a slower network are followed, and never
 * steps.
 */
export class ArrivalClock {
  #offset = Infinity;

  /** Milliseconds per second by which the earliest arrival is forgotten. */
  static FORGET = 2;

  /**
   * @param {number} t session seconds of a push
   * @param {number} now seconds of arrival
   * @param {number} since seconds since the last arrival
   */
  arrived(t, now, since) {
    const offset = now - t;
    const aged = this.#offset + (ArrivalClock.FORGET / 1000) * Math.max(0, since);
    // More than a second earlier or later is another clock (a new session, a frozen page), not jitter.
    this.#offset = Math.abs(offset - aged) > 1 ? offset : Math.min(offset, aged);
  }

  /** @param {number} now seconds @returns {number} session time now, or -Infinity before the first arrival */
  time(now) {
    return now - this.#offset;
  }
}
