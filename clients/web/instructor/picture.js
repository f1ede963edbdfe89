/**
 * What the console knows of one session: a fold of `welcome` and the pushes that follow. Pure, no clock, no page.
 *
 * After a reconnect the server sends `welcome` and every event again; taking them twice changes nothing, so nothing is
 * lost and nothing is shown double.
 */

import { awayAfter } from "./away.js";

/** @typedef {import("../page/types.js").JournalEvent} JournalEvent */
/** @typedef {import("../page/types.js").Welcome} Welcome */
/** @typedef {import("../page/types.js").Live} Live */
/** @typedef {import("../page/types.js").Phase} Phase */
/** @typedef {{node: string, since: number | null}} Visit */
/** @typedef {import("../page/types.js").Push} Push */

export class Picture {
  constructor() {
    /** @type {Welcome | null} */
    this.welcome = null;
    /** @type {Phase} */
    this.phase = "lobby";
    this.t = 0;
    this.ms = 0;
    /** @type {Live | null} */
    this.live = null;
    /** In order of their sequence number, each once. @type {JournalEvent[]} */
    this.events = [];
    /** @type {string[]} */
    this.offered = [];
    /** @type {Record<string, string>} */
    this.radio = {};
    /** @type {"none" | "pending" | "ready" | "failed"} */
    this.grade = "none";
    /** @type {string | null} */
    this.gradeReason = null;
    /** @type {{present: boolean, modality: string | null}} */
    this.trainee = { present: false, modality: null };
    /** Set while the trainee does not see the scene. @type {import("./away.js").Away | null} */
    this.away = null;
    /** @type {boolean | null} whether the trainee agreed to the microphone; null: not asked yet */
    this.microphone = null;
    /** @type {{accepted: boolean, reasons: string[]} | null} */
    this.calibration = null;
    /** @type {string | null} */
    this.outcome = null;
    /** Each rewind begins the next one. */
    this.attempt = 1;
    /** What could happen next, by region. @type {Record<string, import("../wire/messages.js").Way[]>} */
    this.ways = {};
    /** The moments that can be gone back to, the oldest first. @type {import("../wire/messages.js").Checkpoint[]} */
    this.checkpoints = [];
    /** The nodes each region has been in, the present one last, and since when. @type {Record<string, Visit[]>} */
    this.trail = {};
  }

  /** @param {Welcome} welcome */
  open(welcome) {
    this.welcome = welcome;
    this.phase = welcome.session.phase;
    this.t = welcome.session.t;
    this.ms = welcome.session.ms;
    this.calibration = welcome.calibration;
    this.attempt = welcome.session.attempt;
  }

  /**
   * Take one push. Returns the event if it is a new one, else null.
   * @param {Push} push
   * @returns {JournalEvent | null}
   */
  take(push) {
    if ("t" in push) this.t = Math.max(this.t, push.t);
    if (push.type === "event") return this.#event(push);
    if (push.type === "live") this.#live(push);
    else if (push.type === "phase") this.phase = push.phase;
    else if (push.type === "attempt") this.#rewound(push);
    else if (push.type === "ways") this.ways = push.regions;
    else if (push.type === "checkpoints") this.checkpoints = push.checkpoints;
    else if (push.type === "choices") this.offered = push.offered;
    else if (push.type === "radio") this.radio = { ...this.radio, [push.request]: push.status };
    else if (push.type === "grade") [this.grade, this.gradeReason] = [push.status, push.reason ?? null];
    return null;
  }

  /** What was asked for by radio since then was not. @param {import("../wire/messages.js").AttemptPush} push */
  #rewound({ attempt, ms }) {
    this.attempt = attempt;
    this.ms = ms;
    this.radio = {};
  }

  /** @param {Live} live */
  #live(live) {
    this.live = live;
    this.ms = live.ms;
    this.away = awayAfter(this.away, live.headset, live.t);
  }

  /** @param {JournalEvent} event @returns {JournalEvent | null} */
  #event(event) {
    let at = this.events.length;
    while (at > 0 && this.events[at - 1].seq > event.seq) at -= 1;
    if (at > 0 && this.events[at - 1].seq === event.seq) return null;
    this.events.splice(at, 0, event);
    this.#learn(event);
    return event;
  }

  /** @param {JournalEvent} event */
  #learn({ kind, data, t }) {
    if (kind === "joined" && isTrainee(data)) this.trainee = { present: true, modality: text(data.modality) };
    else if (kind === "left" && isTrainee(data)) this.trainee = { ...this.trainee, present: false };
    else if (kind === "consent") this.microphone = data.microphone === true;
    else if (kind === "calibrated")
      this.calibration = { accepted: data.accepted !== false, reasons: strings(data.reasons) };
    else if (kind === "outcome") this.outcome = text(data.outcome);
    else if (kind === "attempt") this.#stand(/** @type {Record<string, string>} */ (data.nodes), t);
    else if (kind === "branch") this.#visit(String(data.region), String(data.source), String(data.target), t);
  }

  /** @param {string} region @param {string} source @param {string} target @param {number} since */
  #visit(region, source, target, since) {
    const before = this.trail[region] ?? [{ node: source, since: null }];
    this.trail = { ...this.trail, [region]: [...before, { node: target, since }] };
  }

  /** After a rewind, each region is where it was then. @param {Record<string, string>} nodes @param {number} since */
  #stand(nodes, since) {
    this.trail = Object.fromEntries(Object.entries(nodes).map(([region, node]) => [region, [{ node, since }]]));
  }

  /**
   * The last few nodes of a region, the present one last.
   * @param {string} region
   * @param {number} most
   * @returns {Visit[]}
   */
  visits(region, most) {
    const present = this.live?.nodes[region];
    const known = this.trail[region] ?? (present === undefined ? [] : [{ node: present, since: null }]);
    return known.slice(-most);
  }

  /**
   * Why there is no voice curve, in plain words; null when there is one.
   * @returns {string | null}
   */
  voiceAbsence() {
    if (this.microphone === false) return "No microphone: voice is not recorded and will not be graded";
    if (this.live?.voice == null)
      return this.microphone ? "Microphone agreed to, no sound arriving" : "No microphone yet";
    if (this.live.voice.relative !== null) return null;
    const reasons = this.calibration?.accepted === false ? `: ${this.calibration.reasons.join("; ")}` : "";
    return `Not calibrated${reasons}. Levels cannot be compared with the normal voice`;
  }
}

/** @param {Record<string, unknown>} data */
function isTrainee(data) {
  return data.role === "trainee" || (data.role === undefined && String(data.who).split(":")[0] === "trainee");
}

/** @param {unknown} value @returns {string | null} */
function text(value) {
  return typeof value === "string" ? value : null;
}

/** @param {unknown} value @returns {string[]} */
function strings(value) {
  return Array.isArray(value) ? value.map(String) : [];
}
