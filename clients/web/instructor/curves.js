/** The rolling plots of the console: distance kept, voice level, agitation and why it last changed. */

import { causeWords } from "../page/events.js";
import { capital, number, quantity, signed, words } from "../page/format.js";
import { personOf, requiredDistance } from "../page/person.js";
import { Rolling } from "../page/rolling.js";
import { createStrip } from "../page/strip.js";

/** A minute and a half shows the last exchange and what came of it. */
const WINDOW_S = 90;
/** More distance than this is out of the scene's interest; the curve is cut there. */
const LEAST_TOP_M = 4;
/** Levels above the normal voice, from ANSI S3.5-1997 in LU (scoring model 2.2): raised 6.2, loud 13.1. */
const RAISED_LU = 6.2;
const LOUD_LU = 13.1;
/** The voice is drawn from a whisper to a shout; silence is a gap, so that turns can be seen. */
const VOICE_LOW_LU = -15;
const VOICE_HIGH_LU = 24;
/** Lines on the time axis, seconds ago. */
const TICKS_S = [90, 60, 30, 0];

const STATE_TONES = ["--agitation", "--state2"];

/** What people did is worth a line through the plots: the curves are what came of it. By colour of who did it. */
const MARKED = /** @type {Record<string, string>} */ ({
  inject: "--instructor",
  mark: "--instructor",
  flag: "--flag",
  choice: "--trainee",
  act: "--trainee",
  radio: "--trainee",
});

export class Curves {
  /** @param {HTMLElement} parent @param {import("../page/types.js").Scenario} scenario */
  constructor(parent, scenario) {
    this.scenario = scenario;
    this.states = Object.entries(scenario.states ?? {});
    const distanceRange = (/** @type {number} */ _, /** @type {number} */ high) =>
      /** @type {[number, number]} */ ([0, Math.max(LEAST_TOP_M, Math.ceil(high + 0.2))]);
    const axis = {
      splits: (/** @type {number} */ _, /** @type {number} */ now) => TICKS_S.map((ago) => now - ago),
      label: ago,
    };
    this.distance = createStrip(parent, {
      ...axis,
      title: "Distance kept",
      tones: ["--distance"],
      range: distanceRange,
    });
    this.voice = createStrip(parent, {
      ...axis,
      title: "Voice against normal",
      tones: ["--voice"],
      range: () => [VOICE_LOW_LU, VOICE_HIGH_LU],
      every: 10,
    });
    this.voice.guides = [
      { value: 0, label: "normal" },
      { value: RAISED_LU, label: "raised" },
      { value: LOUD_LU, label: "loud" },
    ];
    this.stateStrips = this.states.map(([name, { low, high }], i) =>
      createStrip(parent, {
        ...axis,
        title: capital(words(name)),
        tall: true,
        tones: [STATE_TONES[i % STATE_TONES.length]],
        every: (high - low) / 4,
        range: () => [low, high],
        times: i === this.states.length - 1,
      }),
    );
    this.rows = new Rolling(2 + this.states.length, WINDOW_S);
    /** @type {import("../page/strip.js").Mark[]} */
    this.marks = [];
    for (const strip of this.strips()) strip.marks = this.marks;
  }

  strips() {
    return [this.distance, this.voice, ...this.stateStrips];
  }

  /** @param {import("./picture.js").Picture} picture */
  show(picture) {
    const { live } = picture;
    if (!live) return;
    const metres = live.distance[personOf(this.scenario, live.distance)] ?? null;
    const relative = live.voice?.relative ?? null;
    // Before the scenario begins its states have no values yet: their zeros are not drawn.
    const states = picture.phase === "lobby" || picture.phase === "briefing" ? {} : live.states;
    this.rows.push(live.t, [
      metres,
      live.voice?.speaking ? relative : null,
      ...this.states.map(([name]) => states[name] ?? null),
    ]);
    const [t, ...columns] = this.rows.columns();
    this.strips().forEach((strip, i) => strip.show([t, columns[i]], live.t - WINDOW_S, live.t));
    this.#tellDistance(metres, requiredDistance(this.scenario, live.nodes));
    this.#tellVoice(relative, live.voice?.speaking ?? false, picture.voiceAbsence());
    this.states.forEach(([name], i) => this.#tellState(i, states[name], live.why[name], live.t));
  }

  /** An event has happened. @param {import("../page/types.js").JournalEvent} event */
  note({ kind, t }) {
    const tone = MARKED[kind];
    if (tone === undefined) return;
    this.marks.push({ t, tone });
    while (this.marks.length > 0 && this.marks[0].t < t - WINDOW_S) this.marks.shift();
  }

  /** @param {number | null} metres @param {number | null} required */
  #tellDistance(metres, required) {
    this.distance.band = required === null ? null : { low: 0, high: required };
    const near = required !== null && metres !== null && metres < required;
    const note = required === null ? "" : `${near ? "closer than" : "to keep:"} ${number(required)}\u00a0m`;
    this.distance.tell(metres === null ? "–" : quantity(metres, "m", 2), note, near ? "warn" : "");
  }

  /** @param {number | null} relative @param {boolean} speaking @param {string | null} absence */
  #tellVoice(relative, speaking, absence) {
    this.voice.absent(absence);
    if (absence !== null || relative === null) return this.voice.tell("–");
    const tone = speaking && relative >= RAISED_LU ? "warn" : "";
    return speaking ? this.voice.tell(quantitySigned(relative), "speaking", tone) : this.voice.tell("–", "silent");
  }

  /**
   * @param {number} i
   * @param {number | undefined} value
   * @param {import("../page/types.js").Cause | undefined} cause
   * @param {number} t
   */
  #tellState(i, value, cause, t) {
    this.stateStrips[i].tell(
      value === undefined ? "–" : number(value, 0),
      cause ? causeWords(cause, t) : "",
      this.#away(i, cause) ? "warn" : "",
    );
  }

  /**
   * Whether the state moves away from where it should go, as far as the scenario says.
   * @param {number} i
   * @param {import("../page/types.js").Cause | undefined} cause
   */
  #away(i, cause) {
    const { goal } = this.scenario;
    if (!cause || goal?.state !== this.states[i][0]) return false;
    return goal.direction === "down" ? cause.rate > 0 : cause.rate < 0;
  }

  dispose() {
    for (const strip of this.strips()) strip.dispose();
  }
}

/** @param {number} t @param {number} now */
function ago(t, now) {
  return now - t < 1 ? "now" : `${number(t - now, 0)}\u00a0s`;
}

/** @param {number} relative */
function quantitySigned(relative) {
  return `${signed(relative, 0)}\u00a0LU`;
}
