/**
 * What is on the screen during the exercise: what can be said, whom to call, the keys, the microphone, and
 * the
 * stop button, which is always there. Buttons do what keys do.
 */

import { element, keycap, mark, say } from "../page/element.js";
import { keyLine } from "./screens.js";

/** A second press within this confirms the stop. */
export const CONFIRM_MS = 3_000;

/**
 * @typedef {import("../wire/messages.js").PublicScenario} PublicScenario
 * @typedef {import("../wire/messages.js").Labelled} Labelled
 * @typedef {{onChoice: (id: string) => void, onRadio: (id: string) => void, onAct: (id: string) => void,
 *   onCover: () => void, onStop: () => void, onHeadset: () => void}} HudEvents
 */

const RADIO_WORDS = /** @type {Record<string, string>} */ ({
  requested: "asked",
  en_route: "on the way",
  on_scene: "here",
  unavailable: "not available",
});

export class Hud {
  /** @type {Map<string, HTMLButtonElement>} */
  #choices = new Map();
  /** @type {Map<string, {button: HTMLButtonElement, status: HTMLElement}>} */
  #radio = new Map();
  /** What can be said now. @type {readonly string[]} */
  offered = [];
  #scenario;
  #stopTimer = 0;
  #noteTimer = 0;
  #on;
  #panels;
  #help;

  /**
   * @param {PublicScenario} scenario
   * @param {HudEvents} on
   */
  constructor(scenario, on) {
    this.#on = on;
    this.#scenario = scenario;
    this.captions = element("p", { class: "captions", "aria-live": "polite" });
    this.note = element("p", { class: "note", role: "status" });
    this.microphone = element("span", { class: "microphone" }, element("i"), element("span", {}, ""));
    this.link = element("span", { class: "link", role: "status", hidden: true });
    this.vr = element("button", { class: "quiet", hidden: true, onclick: on.onHeadset }, "Enter VR");
    this.stopButton = element("button", { class: "stop", onclick: () => this.stop() }, keycap("Esc"), "Stop");
    this.#panels = {
      choices: element("section", { class: "hud-panel choices", "aria-label": "Say" }),
      calls: element("section", { class: "hud-panel calls", "aria-label": "Radio" }),
    };
    this.#fill();
    this.#help = this.#helpPanel();
    this.root = element(
      "div",
      { class: "hud" },
      element(
        "div",
        { class: "hud-top" },
        this.microphone,
        this.link,
        element("span", { class: "fill" }),
        this.vr,
        this.stopButton,
      ),
      this.#panels.choices,
      this.#panels.calls,
      this.#help.panel,
      element("div", { class: "hud-speech" }, this.note, this.captions),
    );
    this.offer([]);
  }

  #fill() {
    const { choices, radio } = this.#scenario;
    this.#panels.choices.replaceChildren(element("h2", {}, "Say"), this.#choiceList(choices));
    this.#panels.calls.replaceChildren(
      element("h2", {}, "Radio"),
      this.#radioList(radio),
      this.#actList(this.#scenario),
    );
  }

  /** The scenario's words have changed. */
  reword() {
    const statuses = [...this.#radio].map(([id, { button }]) => ({ id, status: button.dataset.status ?? "" }));
    this.#choices.clear();
    this.#radio.clear();
    this.#fill();
    this.offer(this.offered.filter((id) => this.#choices.has(id)));
    for (const { id, status } of statuses) this.radio(id, status);
  }

  /** @param {Record<string, Labelled>} choices */
  #choiceList(choices) {
    const list = element("ol");
    for (const [id, { key, text }] of Object.entries(choices)) {
      const button = element(
        "button",
        { onclick: () => this.#on.onChoice(id), "data-offered": "false" },
        keycap(key),
        element("span", {}, text),
      );
      this.#choices.set(id, button);
      list.append(element("li", {}, button));
    }
    return list;
  }

  /** @param {Record<string, Labelled>} requests */
  #radioList(requests) {
    const list = element("ol");
    for (const [id, { key, text }] of Object.entries(requests)) {
      const status = element("em");
      const button = element(
        "button",
        { onclick: () => this.#on.onRadio(id) },
        keycap(key),
        element("span", {}, text, " ", status),
      );
      this.#radio.set(id, { button, status });
      list.append(element("li", {}, button));
    }
    return list;
  }

  /** @param {PublicScenario} scenario */
  #actList({ acts, scene }) {
    const list = element("ol", { class: "acts" });
    if (!("take_cover" in acts) && scene.cover.length > 0) {
      list.append(
        element(
          "li",
          {},
          element(
            "button",
            { onclick: this.#on.onCover },
            keycap("c"),
            element("span", {}, "Step behind cover"),
          ),
        ),
      );
    }
    for (const [id, { key, text }] of Object.entries(acts)) {
      list.append(
        element(
          "li",
          {},
          element("button", { onclick: () => this.#on.onAct(id) }, keycap(key), element("span", {}, text)),
        ),
      );
    }
    return list;
  }

  #helpPanel() {
    const body = element(
      "div",
      { class: "help-body" },
      keyLine(["W", "S"], "closer, back"),
      keyLine(["A", "D"], "sideways"),
      keyLine(["Shift"], "slowly"),
      keyLine(["Q", "E"], "look around"),
      element("p", { class: "dim" }, "or drag with the mouse"),
    );
    const toggle = element(
      "button",
      { class: "quiet", "aria-expanded": "true", onclick: () => this.toggleHelp() },
      keycap("?"),
      "Keys",
    );
    return {
      panel: element("section", { class: "hud-panel help", "aria-label": "Keys" }, toggle, body),
      toggle,
      body,
    };
  }

  toggleHelp() {
    const { body, toggle } = this.#help;
    const hide = !body.hidden;
    body.hidden = hide;
    toggle.setAttribute("aria-expanded", String(!hide));
  }

  /**
   * Several choices may share a key, for different moments: the list has one line per key, the offered one
   * if any.
   * @param {readonly string[]} offered
   */
  offer(offered) {
    this.offered = offered;
    const taken = new Set(offered.map((id) => this.#keyOf(id)));
    const shown = new Set();
    for (const [id, button] of this.#choices) {
      const now = offered.includes(id);
      const key = this.#keyOf(id);
      mark(button, "offered", String(now));
      button.setAttribute("aria-disabled", String(!now));
      if (button.parentElement)
        mark(button.parentElement, "hidden", String(!now && (taken.has(key) || shown.has(key))));
      shown.add(key);
    }
  }

  /**
   * The choice that a key means now: the offered one, else any.
   * @param {string} key
   * @returns {string | null}
   */
  choiceAt(key) {
    const all = [...this.#choices.keys()].filter((id) => this.#keyOf(id) === key);
    return all.find((id) => this.offered.includes(id)) ?? all[0] ?? null;
  }

  /** @param {string} id */
  #keyOf(id) {
    return this.#scenario.choices[id]?.key.toLowerCase();
  }

  /** @param {string} id */
  chosen(id) {
    const button = this.#choices.get(id);
    if (!button) return;
    mark(button, "chosen", "true");
    setTimeout(() => delete button.dataset.chosen, 900);
  }

  /** @param {string} request @param {string} status */
  radio(request, status) {
    const row = this.#radio.get(request);
    if (!row) return;
    say(row.status, RADIO_WORDS[status] ?? status);
    mark(row.button, "status", status);
  }

  /** A short word to the trainee. @param {string} text @param {number} [ms] */
  tell(text, ms = 3_500) {
    clearTimeout(this.#noteTimer);
    say(this.note, text);
    this.#noteTimer = setTimeout(() => say(this.note, ""), ms);
  }

  /** @param {"off" | "on" | "speaking" | "lost"} state @param {number} level 0..1 */
  listen(state, level) {
    mark(this.microphone, "state", state);
    const text = {
      off: "No microphone",
      on: "Microphone",
      speaking: "You are speaking",
      lost: "Microphone lost: the rest is not graded",
    }[state];
    say(/** @type {Element} */ (this.microphone.lastElementChild), text);
    /** @type {HTMLElement} */ (this.microphone.firstElementChild).style.setProperty(
      "--level",
      level.toFixed(2),
    );
  }

  /** @param {string} text empty: all is well */
  connection(text) {
    this.link.hidden = text === "";
    say(this.link, text);
  }

  /** First press asks, the second within three seconds stops. */
  stop() {
    if (this.stopButton.dataset.armed === "true") {
      this.disarm();
      this.#on.onStop();
      return;
    }
    mark(this.stopButton, "armed", "true");
    this.stopButton.lastChild?.replaceWith("Press again to stop");
    this.tell("Stop? Press Esc again. Stopping is never graded.", CONFIRM_MS);
    this.#stopTimer = setTimeout(() => this.disarm(), CONFIRM_MS);
  }

  disarm() {
    clearTimeout(this.#stopTimer);
    delete this.stopButton.dataset.armed;
    this.stopButton.lastChild?.replaceWith("Stop");
  }
}
