/**
 * A recorded session, asked by time: where everyone was, what was being said, what the curves stood at. Pure.
 *
 * Rows are ten per second; between two rows places are interpolated, across a missing row they are not (the record
 * does not know). The returned poses are scratch objects, valid until the next call: a frame loop must not allocate.
 */

import { personOf } from "../page/person.js";

/** @typedef {import("../page/types.js").Replay} Replay */
/** @typedef {import("../page/types.js").Pose} Pose */
/** @typedef {import("../wire/messages.js").ActorPose} ActorPose */
/** @typedef {{p: [number, number, number], q: [number, number, number, number]}} Eyes */
/** @typedef {{actor: string, text: string, audio: string | null, t: number, until: number, seq: number}} Caption */

/** Reading speed of captions (characters per second) and the least time one stays; usual subtitle practice. */
const READING_RATE = 15;
const CAPTION_MIN_S = 2;
/** Arousal of somebody about whom nothing is recorded. */
const CALM = 0.2;

export class Recording {
  /** @param {Replay} replay */
  constructor(replay) {
    this.replay = replay;
    this.start = replay.t[0] ?? replay.from_t;
    this.end = replay.t.at(-1) ?? replay.from_t;
    this.captions = captions(replay);
    this.person = personOf(replay.scenario, replay.distance);
    /** @type {Record<string, ActorPose>} */
    this.scratch = {};
    for (const id of Object.keys(replay.actors)) {
      this.scratch[id] = { ...emptyEyes(), posture: "standing", gesture: "idle", arousal: 0, speed: 0 };
    }
    this.eyes = emptyEyes();
  }

  /**
   * Everyone's pose at `t`; who was not on the scene is left out.
   * @param {number} t
   * @returns {Record<string, ActorPose>}
   */
  actorsAt(t) {
    /** @type {Record<string, ActorPose>} */
    const present = {};
    for (const [id, rows] of Object.entries(this.replay.actors)) {
      const pose = this.scratch[id];
      if (!this.#interpolate(rows, t, pose)) continue;
      pose.speed = this.#speed(rows, t);
      Object.assign(pose, last(this.replay.poses[id] ?? [], t));
      pose.arousal = this.#arousal(id, t);
      present[id] = pose;
    }
    return present;
  }

  /**
   * As recorded; where it is not, the person's follows their first state, others are calm.
   * @param {string} id
   * @param {number} t
   */
  #arousal(id, t) {
    const known = this.replay.poses[id]?.findLast((each) => each.t <= t)?.arousal;
    const [name] = Object.keys(this.replay.states);
    const value = this.valueAt(this.replay.states[name], t);
    const { low, high } = this.replay.scenario.states?.[name] ?? { low: 0, high: 100 };
    if (known !== undefined) return known;
    return id === this.person && value !== null ? (value - low) / (high - low) : CALM;
  }

  /** The trainee's eyes at `t`, or null where the record has none. @param {number} t @returns {Eyes | null} */
  traineeAt(t) {
    return this.#interpolate(this.replay.trainee, t, this.eyes) ? this.eyes : null;
  }

  /**
   * A curve's value at `t`: that of the nearest row.
   * @param {(number | null)[] | undefined} column
   * @param {number} t
   */
  valueAt(column, t) {
    const [row, share] = this.#row(t);
    return column?.[share < 0.5 ? row : row + 1] ?? null;
  }

  /** The line being spoken at `t`, the latest if two overlap. @param {number} t @returns {Caption | null} */
  captionAt(t) {
    return this.captions.findLast((line) => line.t <= t && t < line.until) ?? null;
  }

  /**
   * The row at or before `t` and the share of the way to the next.
   * @param {number} t
   * @returns {[number, number]}
   */
  #row(t) {
    const times = this.replay.t;
    let [low, high] = [0, times.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (times[middle] <= t) low = middle;
      else high = middle - 1;
    }
    const step = times[low + 1] - times[low];
    return [low, step > 0 ? Math.min(1, Math.max(0, (t - times[low]) / step)) : 0];
  }

  /** @param {(Pose | null)[]} rows @param {number} t @param {Eyes} into @returns {boolean} */
  #interpolate(rows, t, into) {
    const [row, share] = this.#row(t);
    const [a, b] = [rows[row] ?? null, rows[row + 1] ?? null];
    const from = a ?? (share >= 0.5 ? b : null);
    if (!from) return false;
    mix(from, a && b ? b : from, share, into);
    return true;
  }

  /** Horizontal speed over the present row. @param {(Pose | null)[]} rows @param {number} t @returns {number} m/s */
  #speed(rows, t) {
    const [row] = this.#row(t);
    const [a, b] = [rows[row], rows[row + 1]];
    const step = this.replay.t[row + 1] - this.replay.t[row];
    return a && b && step > 0 ? Math.hypot(b[0] - a[0], b[2] - a[2]) / step : 0;
  }
}

/** @returns {Eyes} */
function emptyEyes() {
  return { p: [0, 0, 0], q: [0, 0, 0, 1] };
}

/**
 * Linear in place; normalised linear in direction, the short way round (rows are 0.1 s apart: slerp would not differ).
 * @param {Pose} a
 * @param {Pose} b
 * @param {number} share
 * @param {Eyes} into
 */
function mix(a, b, share, into) {
  for (let i = 0; i < 3; i += 1) into.p[i] = a[i] + (b[i] - a[i]) * share;
  const sign = a[3] * b[3] + a[4] * b[4] + a[5] * b[5] + a[6] * b[6] < 0 ? -1 : 1;
  for (let i = 0; i < 4; i += 1) into.q[i] = a[3 + i] + (sign * b[3 + i] - a[3 + i]) * share;
  const length = Math.hypot(...into.q) || 1;
  for (let i = 0; i < 4; i += 1) into.q[i] /= length;
}

/**
 * The latest entry at or before `t`, without its time.
 * @param {Replay["poses"][string]} entries
 * @param {number} t
 */
function last(entries, t) {
  const entry = entries.findLast((each) => each.t <= t) ?? entries[0];
  return entry ? { posture: entry.posture, gesture: entry.gesture } : {};
}

/** @param {Replay} replay @returns {Caption[]} */
function captions(replay) {
  return replay.events
    .filter((event) => event.kind === "say")
    .map((event) => {
      const line = replay.scenario.lines[String(event.data.line)];
      const text = typeof event.data.text === "string" ? event.data.text : (line?.text ?? "");
      const until = event.t + Math.max(CAPTION_MIN_S, text.length / READING_RATE);
      return { actor: String(event.data.actor), text, audio: line?.audio ?? null, t: event.t, until, seq: event.seq };
    });
}
