/**
 * The three curves under the replay, the whole session wide, with the time cursor and the moment that is looked at.
 */

import { capital, clock, number, quantity, signed, words } from "../page/format.js";
import { createStrip } from "../page/strip.js";

/** @typedef {import("./recording.js").Recording} Recording */

/** See instructor/curves.js: levels of ANSI S3.5-1997 above the normal voice, LU. */
const RAISED_LU = 6.2;
const VOICE_LOW_LU = -15;
const VOICE_HIGH_LU = 24;
const LEAST_TOP_M = 4;
/** Steps of the time axis, seconds; the smallest that leaves at most eight lines is taken. */
const STEPS_S = [5, 10, 15, 30, 60, 120, 300, 600];
const MOST_LINES = 8;
/** The unit of each curve, and the lines that always mean something on it. */
const UNITS = ["m", "LU", ""];
const GUIDES = [
  [],
  [
    { value: 0, label: "normal", below: true },
    { value: RAISED_LU, label: "raised" },
  ],
  [],
];

export class Traces {
  /**
   * @param {HTMLElement} parent
   * @param {Recording} recording
   * @param {(t: number) => void} onSeek
   */
  constructor(parent, recording, onSeek) {
    this.recording = recording;
    const { replay, start, person } = recording;
    const axis = { splits: ticks(start), label: (/** @type {number} */ t) => clock(t - start), onSeek };
    const top = (/** @type {number} */ _, /** @type {number} */ high) =>
      /** @type {[number, number]} */ ([0, Math.max(LEAST_TOP_M, Math.ceil(high + 0.2))]);
    const [name] = Object.keys(replay.states);
    const { low, high } = replay.scenario.states?.[name] ?? { low: 0, high: 100 };
    this.columns = [replay.distance[person], replay.voice.map(spoken), replay.states[name]];
    this.strips = [
      createStrip(parent, { ...axis, title: "Distance kept", tones: ["--distance"], range: top }),
      createStrip(parent, {
        ...axis,
        title: "Voice against normal",
        tones: ["--voice"],
        range: () => [VOICE_LOW_LU, VOICE_HIGH_LU],
        every: 10,
      }),
      createStrip(parent, {
        ...axis,
        title: name ? capital(words(name)) : "State",
        tones: ["--agitation"],
        range: () => [low, high],
        times: true,
      }),
    ];
    this.strips.forEach((strip, i) => {
      strip.guides = GUIDES[i];
    });
    if (!replay.voice.some((value) => value !== null)) this.strips[1].absent("No calibrated voice was recorded");
    this.strips.forEach((strip, i) =>
      strip.show([replay.t, this.columns[i] ?? replay.t.map(() => null)], recording.start, recording.end),
    );
  }

  /** @param {number} t */
  moveTo(t) {
    const [distance, voice, state] = this.columns.map((column) => this.recording.valueAt(column, t));
    for (const strip of this.strips) strip.moveCursor(t);
    this.strips[0].tell(distance === null ? "–" : quantity(distance, "m", 2));
    this.strips[1].tell(
      voice === null ? "–" : `${signed(voice, 0)}\u00a0LU`,
      "",
      voice !== null && voice >= RAISED_LU ? "warn" : "",
    );
    this.strips[2].tell(state === null ? "–" : number(state, 0));
  }

  /**
   * Shade the moment that is looked at, and draw what it was measured against on the curve of that unit.
   * @param {import("../page/types.js").Evidence} moment
   */
  highlight({ t_start: from, t_end: to, expected, unit }) {
    const needed = { value: expected, label: `looked for: ${quantity(expected, unit)}` };
    this.strips.forEach((strip, i) => {
      strip.stretch = { from, to };
      strip.guides = unit === UNITS[i] ? [needed] : GUIDES[i];
      strip.redraw();
    });
  }
}

/** Silence is a gap. @param {number | null} value */
function spoken(value) {
  return value === null || value < VOICE_LOW_LU ? null : value;
}

/** Lines at full times since the scenario began. @param {number} start */
function ticks(start) {
  return (/** @type {number} */ from, /** @type {number} */ to) => {
    const step = STEPS_S.find((each) => (to - from) / each <= MOST_LINES) ?? STEPS_S[STEPS_S.length - 1];
    const first = Math.ceil((from - start) / step);
    return Array.from({ length: Math.floor((to - start) / step) - first + 1 }, (_, i) => start + (first + i) * step);
  };
}
