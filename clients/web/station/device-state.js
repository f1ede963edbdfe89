/**
 * What the device is doing while the exercise runs, as rows of `headset_state`: worn, visible, frame_rate, dropped;
 * twice a second, and at once when it changes.
 *
 * `visible` is what the browser says: of the headset's session (1 visible, 0.5 visible but blurred, as behind the
 * device's own menu, 0 hidden), else of the page (1 or 0).
 *
 * `worn` is inferred, WebXR does not say it. A headset that is taken off hides its session, some seconds late; one
 * whose session shows and whose poses come is taken to be worn, though some devices go on giving poses for a while.
 * A session that shows without poses, and every page outside a headset, says -1: not known.
 */

import { FrameTally } from "./frame-tally.js";

const PERIOD_MS = 500;
/** Poses come with every frame; after this long without one they do not come. */
const POSE_STALE_MS = 1_000;
const VISIBLE = /** @type {Readonly<Record<string, number>>} */ ({ visible: 1, "visible-blurred": 0.5, hidden: 0 });

/**
 * What is read of a session in a headset: an XRSession is one.
 * @typedef {Pick<XRSession, "visibilityState" | "frameRate"> & Pick<EventTarget, "addEventListener" |
 *   "removeEventListener">} Session
 * @typedef {Pick<Document, "visibilityState" | "addEventListener" | "removeEventListener">} Page
 * @typedef {(ms: number, row: Float64Array) => void} OnRow  the row is used again
 */

export class DeviceState {
  #row = new Float64Array(4);
  #tally = new FrameTally();
  #onRow;
  #page;
  #now;
  /** @type {Session | null} */
  #session = null;
  #posedMs = -Infinity;
  #dueMs = Infinity;
  #timer = 0;

  /**
   * @param {OnRow} onRow
   * @param {{page: Page, now: () => number}} [around] now: as performance.now
   */
  constructor(onRow, { page, now } = { page: document, now: () => performance.now() }) {
    this.#onRow = onRow;
    this.#page = page;
    this.#now = now;
    page.addEventListener("visibilitychange", this.#changed);
  }

  /** Rows flow. @param {boolean} on */
  run(on) {
    if (on === this.#running) return;
    clearInterval(this.#timer);
    this.#tally.begin(this.#now());
    this.#dueMs = on ? this.#now() + PERIOD_MS : Infinity;
    // Frames stop when nothing is shown; then this goes on, if slower: browsers hold up a hidden page's timers.
    if (on) this.#timer = setInterval(() => this.#tick(), PERIOD_MS);
  }

  get #running() {
    return this.#dueMs < Infinity;
  }

  /** The exercise goes on in a headset, or outside again with null. @param {Session | null} session */
  wear(session) {
    this.#session?.removeEventListener("visibilitychange", this.#changed);
    this.#session = session;
    session?.addEventListener("visibilitychange", this.#changed);
    this.#posedMs = -Infinity;
    this.#tally.begin(this.#now());
  }

  /** A frame is drawn. Allocates nothing. @param {number} ms when it began @param {boolean} posed the head was tracked in it */
  frame(ms, posed) {
    this.#tally.nominalHz = this.#session?.frameRate ?? 0;
    this.#tally.frame(ms);
    if (posed) this.#posedMs = this.#now();
    this.#tick();
  }

  #tick() {
    const now = this.#now();
    if (now < this.#dueMs) return;
    this.#dueMs = now < this.#dueMs + PERIOD_MS ? this.#dueMs + PERIOD_MS : now + PERIOD_MS;
    this.#report(now);
  }

  #changed = () => {
    this.#tally.pause();
    if (this.#running) this.#report(this.#now());
  };

  /** @param {number} now */
  #report(now) {
    const row = this.#row;
    this.#tally.take(now);
    row[0] = this.#worn(now);
    row[1] = VISIBLE[(this.#session ?? this.#page).visibilityState] ?? 0;
    row[2] = this.#tally.rate;
    row[3] = this.#tally.dropped;
    this.#onRow(now, row);
  }

  /** @param {number} now */
  #worn(now) {
    if (!this.#session) return -1;
    if (this.#session.visibilityState === "hidden") return 0;
    return now - this.#posedMs < POSE_STALE_MS ? 1 : -1;
  }
}
