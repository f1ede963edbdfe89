/**
 * The line of time under the replay: a slider that keys move too, a mark for each event, a stretch for each lost
 * point.
 */

import { element, mark, say } from "../page/element.js";
import { Names, sentence } from "../page/events.js";
import { clock } from "../page/format.js";

/** @typedef {import("./recording.js").Recording} Recording */
/** @typedef {import("../page/types.js").JournalEvent} JournalEvent */

/** An event is told for this long after it happened. */
const TOLD_S = 5;
/** Not what happened in the scene. */
const UNMARKED = new Set(["joined", "left", "consent", "calibrated", "session_opened", "graded"]);

export class Scrubber {
  /** @param {Recording} recording @param {(t: number) => void} onSeek */
  constructor(recording, onSeek) {
    const { start, end, replay } = recording;
    this.start = start;
    this.names = new Names(replay.scenario);
    this.slider = element("input", {
      type: "range",
      min: start,
      max: end,
      step: 0.1,
      value: start,
      "aria-label": "Time",
      oninput: () => onSeek(Number(this.slider.value)),
    });
    this.events = replay.events.filter(
      (event) => event.t >= start && event.t <= end && !this.#say(event).routine && !UNMARKED.has(event.kind),
    );
    const share = (/** @type {number} */ t) => `${((t - start) / (end - start || 1)) * 100}%`;
    this.told = element("p", { class: "told", "aria-live": "off" });
    this.root = element(
      "div",
      { class: "scrubber" },
      this.told,
      element(
        "div",
        { class: "lane", role: "group", "aria-label": "Events" },
        ...this.events.map((event) => this.#mark(event, share(event.t), onSeek)),
      ),
      this.slider,
    );
  }

  /** @param {JournalEvent} event */
  #say(event) {
    return sentence(event, this.names);
  }

  /** @param {JournalEvent} event @param {string} left @param {(t: number) => void} onSeek */
  #mark(event, left, onSeek) {
    const { lane, text } = this.#say(event);
    const button = element("button", {
      class: "event-mark",
      "data-lane": lane,
      "data-kind": event.kind,
      tabindex: "-1",
      title: `${clock(event.t - this.start)} ${text}`,
      "aria-label": text,
      onclick: () => onSeek(event.t),
    });
    button.style.left = left;
    return button;
  }

  /** @param {number} t */
  moveTo(t) {
    this.slider.value = String(t);
    this.slider.setAttribute("aria-valuetext", clock(t - this.start));
    const event = this.events.findLast((each) => each.t <= t + 0.05 && t - each.t < TOLD_S);
    say(this.told, event ? `${clock(event.t - this.start)}  ${this.#say(event).text}` : "");
    mark(this.told, "lane", event ? this.#say(event).lane : "");
  }
}
