/**
 * The bar at the top of the console: which session, what phase, how long, who is there, what is stored, is it
 * connected.
 */

import { element, keycap, mark, say } from "../page/element.js";
import { phaseWords } from "../page/events.js";
import { clock } from "../page/format.js";
import { recordingWords } from "./alarm.js";
import { awayWords } from "./away.js";

/** @typedef {import("../wire/socket.js").ConnectionState} ConnectionState */

/** A browser goes without saying. */
const MODALITIES = /** @type {Record<string, string>} */ ({ headset: ", headset", bot: ", scripted" });

/** @typedef {Record<"freeze" | "begin" | "rewind" | "end" | "help" | "leave", () => void>} On */

/** @param {On} on */
export function createBar(on) {
  return new Bar(on);
}

export class Bar {
  /** @param {On} on */
  constructor(on) {
    this.title = element("h1", {});
    this.phase = element("span", { class: "pill" });
    this.time = element("output", { class: "time", title: "Scenario time: stands still while frozen" });
    this.attempt = element("span", { class: "pill", hidden: true });
    this.code = element("span", { class: "code small" });
    this.trainee = fact("trainee");
    this.recording = fact("recording");
    this.link = fact("link");
    this.begin = element("button", { onclick: on.begin, hidden: true }, keycap("Enter"), "Begin");
    this.freezeWord = element("span", {}, "Freeze");
    this.freeze = element("button", { onclick: on.freeze }, keycap("Space"), this.freezeWord);
    this.rewind = element("button", { onclick: on.rewind }, keycap("Home"), "Go back");
    this.end = element("button", { class: "grave", onclick: on.end }, keycap("X"), "End");
    const help = element("button", { class: "quiet", onclick: on.help, title: "All keys" }, keycap("?"), spelled("Keys"));
    const back = element(
      "button",
      { class: "quiet", onclick: on.leave, title: "Back to the list" },
      keycap("Bksp"),
      spelled("Sessions"),
    );
    this.root = element(
      "header",
      { class: "bar" },
      back,
      this.title,
      this.phase,
      this.time,
      this.attempt,
      element("div", { class: "facts" }, this.code, this.trainee, this.recording, this.link),
      element("div", { class: "commands" }, this.begin, this.freeze, this.rewind, this.end, help),
    );
  }

  /** @param {import("./picture.js").Picture} picture @param {string} code */
  show(picture, code) {
    const { phase, trainee, welcome, live } = picture;
    const title = welcome?.scenario.title ?? "";
    say(this.title, title);
    if (this.title.title !== title) this.title.title = title; // on a narrow screen it is cut
    say(this.phase, phaseWords(phase));
    mark(this.phase, "phase", phase);
    say(this.time, clock(picture.ms / 1000));
    say(this.code, code);
    const running = phase === "running" || phase === "frozen";
    this.begin.hidden = phase !== "briefing";
    this.freeze.hidden = !running;
    this.rewind.hidden = !running;
    this.attempt.hidden = picture.attempt < 2;
    say(this.attempt, `Attempt ${picture.attempt}`);
    this.end.hidden = phase === "closed" || phase === "debrief";
    say(this.freezeWord, phase === "frozen" ? "Resume" : "Freeze");
    this.#who(picture, running);
    if (live) this.#record(live.recording);
  }

  /** @param {import("./picture.js").Picture} picture @param {boolean} running */
  #who({ phase, trainee, away, t }, running) {
    if (!trainee.present) {
      const words = phase === "lobby" ? "Nobody has joined" : "Trainee has left";
      set(this.trainee, running ? "warn" : "", running ? "Trainee’s connection gone" : words);
    } else if (away && running) set(this.trainee, "warn", awayWords(away, t));
    else set(this.trainee, "good", `Trainee here${MODALITIES[trainee.modality ?? ""] ?? ""}`);
  }

  /** @param {import("../wire/messages.js").Recording} recording */
  #record(recording) {
    const { tone, text, title } = recordingWords(recording);
    set(this.recording, tone, text);
    if (this.recording.title !== title) this.recording.title = title;
  }

  /** @param {ConnectionState} state */
  connection(state) {
    const words = { connecting: "Connecting", open: "Connected", waiting: "Connection lost", closed: "Disconnected" };
    set(this.link, state.status === "open" ? "good" : "warn", words[state.status]);
  }
}

/** Heard, but not seen where the bar is short. @param {string} text */
function spelled(text) {
  return element("span", { class: "spelled" }, text);
}

/** @param {string} name */
function fact(name) {
  return element("span", { class: `fact ${name}` });
}

/** @param {HTMLElement} target @param {string} tone @param {string} text */
function set(target, tone, text) {
  mark(target, "tone", tone);
  say(target, text);
}
