/**
 * The session to look at again: the scene at any moment through anybody's eyes, what was said, the three curves.
 *
 * The record is the only source: each frame asks the recording what was there at that time, so that a jump, a pause and
 * a slow machine all show the same thing.
 */

import { element, keycap, say } from "../page/element.js";
import { clock } from "../page/format.js";
import { Pace } from "../page/pace.js";
import { createStage } from "../stage/stage.js";
import { Playback } from "./playback.js";
import { Recording } from "./recording.js";
import { Scrubber } from "./scrubber.js";
import { Traces } from "./traces.js";

/** @typedef {import("../page/types.js").Replay} Replay */

/** A moment is opened this much before it begins, so that what led to it is seen. */
const LEAD_S = 3;
/** Arrow keys go this far, with shift that far. */
const STEP_S = 2;
const LEAP_S = 10;
/** A line's mouth and sound start only if the replay runs into its beginning, not if it jumps into the middle. */
const ONSET_S = 0.25;
/**
 * A scene that stands still is drawn for this much longer, then rests. Long, because the stage judges the machine by the
 * time between frames: a short rest after each step would look to it like a slow machine.
 */
const LINGER_MS = 3000;
/** Only a picture that has stood still for this long is drawn in full where drawing is slow. */
const SHARP_AFTER_MS = 600;
/** A step in time that the stage takes for a jump and not for movement. */
const JUMP_S = 5;
const RATES = [1, 2, 0.5];

/** @param {Replay} replay */
export function createPlayer(replay) {
  return new Player(new Recording(replay));
}

export class Player {
  /** @param {Recording} recording */
  constructor(recording) {
    this.recording = recording;
    const { replay, person } = recording;
    this.playback = new Playback(recording.start, recording.end);
    this.pace = new Pace();
    /** Which of `choices` the scene is seen through. */
    this.at = 0;
    /** Whether everybody in the scene has been modelled. */
    this.complete = false;
    /** What the last drawn picture showed, and since when. @type {string | null} */
    this.drawn = null;
    this.changed = 0;
    /** Whether a still picture has been drawn in full. */
    this.sharp = false;
    this.spoken = -1;
    this.sound = true;
    this.voice = new Audio();
    this.canvas = element("canvas", { "aria-label": "The scene" });
    this.caption = element("p", { class: "caption", "aria-live": "polite" });
    this.choices = ["trainee", person, "overhead"];
    const words = ["Your eyes", `${replay.scenario.actors[person]?.name ?? "The person"}’s eyes`, "From above"];
    this.buttons = words.map((text, i) => element("button", { onclick: () => this.look(i) }, text));
    this.view = element(
      "div",
      { class: "view" },
      this.canvas,
      this.caption,
      element("div", { class: "eyes", role: "group", "aria-label": "Whose eyes" }, keycap("E"), ...this.buttons),
    );
    this.playWord = element("span", {}, "Play");
    this.time = element("output", { class: "time" });
    this.rateWord = element("span", {}, "1×");
    this.soundWord = element("span", {}, "Sound on");
    this.scrubber = new Scrubber(recording, (t) => this.seek(t));
    this.curves = element("div", { class: "traces" });
    this.root = element(
      "aside",
      { class: "player", "aria-label": "Replay" },
      this.view,
      this.scrubber.root,
      this.#controls(),
      this.curves,
      keysLine(),
    );
  }

  #controls() {
    return element(
      "div",
      { class: "controls" },
      element("button", { class: "primary play", onclick: () => this.toggle() }, keycap("Space"), this.playWord),
      this.time,
      element("span", { class: "gap" }),
      element("button", { class: "quiet", onclick: () => this.#nextRate(), title: "Speed" }, this.rateWord),
      element("button", { class: "quiet", onclick: () => this.#toggleSound() }, keycap("M"), this.soundWord),
    );
  }

  /** Call once the player is on the page: plots and canvas need their size. */
  start() {
    this.traces = new Traces(this.curves, this.recording, (t) => this.seek(t));
    this.stage = this.#stage();
    this.look(0);
    addEventListener("keydown", (event) => this.#key(event));
    addEventListener("keyup", swallowSpace);
    void this.stage?.ready.then(() => {
      this.complete = true;
    });
    new ResizeObserver(() => {
      this.drawn = null;
    }).observe(this.canvas);
    this.#frame(0);
  }

  #stage() {
    try {
      return createStage(this.canvas, this.recording.replay.scenario, {});
    } catch (error) {
      console.error(error);
      this.view.append(
        element(
          "p",
          { class: "view-absence" },
          "This browser cannot draw the scene (WebGL is off). Captions and curves still work.",
        ),
      );
      return null;
    }
  }

  /** Show a moment: from a little before it, playing. @param {import("../page/types.js").Evidence} moment */
  open(moment) {
    const now = performance.now() / 1000;
    this.playback.seek(moment.t_start - LEAD_S, now);
    this.traces?.highlight(moment);
    this.playback.play(now);
    const box = this.root.getBoundingClientRect();
    if (box.top < 0 || box.top > innerHeight / 2) this.root.scrollIntoView({ block: "start" });
  }

  /** @param {number} t */
  seek(t) {
    this.playback.seek(t, performance.now() / 1000);
    this.voice.pause();
  }

  toggle() {
    this.playback.toggle(performance.now() / 1000);
    if (!this.playback.playing) this.voice.pause();
  }

  /** @param {number} index */
  look(index) {
    this.at = index;
    this.stage?.eyes(this.choices[index]);
    this.buttons.forEach((button, i) => button.setAttribute("aria-pressed", String(i === index)));
  }

  /** @param {number} now milliseconds */
  #frame(now) {
    requestAnimationFrame((next) => this.#frame(next));
    const t = this.playback.at(performance.now() / 1000);
    this.#tell(t);
    const picture = `${t} ${this.at} ${this.complete}`;
    if (picture !== this.drawn) this.#changed(now);
    this.drawn = picture;
    const still = this.complete ? now - this.changed : 0;
    if (this.sharp || still > LINGER_MS) return;
    if (still > SHARP_AFTER_MS && this.#soft()) this.#sharpen(t);
    else if (!this.pace.frame(now)) return;
    this.#draw(t);
    if (this.#soft()) this.sharp = false;
  }

  /** The picture is another one. @param {number} now */
  #changed(now) {
    this.changed = now;
    if (this.sharp) this.stage?.resize(this.canvas.clientWidth, this.canvas.clientHeight);
    this.sharp = false;
  }

  /** Whether the stage draws fewer pixels than the page shows, as it does where drawing is slow. */
  #soft() {
    return this.canvas.width < this.canvas.clientWidth;
  }

  /**
   * A still picture is worth the wait: draw it in full, once. People move with inertia, which few frames a second leave
   * behind; a jump away and back puts everybody into the pose of this very moment.
   * @param {number} t
   */
  #sharpen(t) {
    this.#draw(t - JUMP_S);
    this.stage?.renderer.setPixelRatio(1);
    this.stage?.renderer.setSize(this.canvas.clientWidth, this.canvas.clientHeight, false);
    this.sharp = true;
  }

  /** @param {number} t */
  #draw(t) {
    const { recording, stage } = this;
    stage?.setActors(recording.actorsAt(t), t);
    stage?.setTrainee(recording.traineeAt(t), t);
    stage?.render(performance.now(), t);
  }

  /** @param {number} t */
  #tell(t) {
    const { recording } = this;
    this.#speak(t);
    this.traces?.moveTo(t);
    this.scrubber.moveTo(t);
    say(this.time, `${clock(t - recording.start)} / ${clock(recording.end - recording.start)}`);
    say(this.playWord, this.playback.playing ? "Pause" : "Play");
  }

  /** @param {number} t */
  #speak(t) {
    const line = this.recording.captionAt(t);
    const name = line && this.recording.replay.scenario.actors[line.actor]?.name;
    say(this.caption, line ? `${name ? `${name}: ` : ""}${line.text}` : "");
    const seq = line?.seq ?? -1;
    if (seq === this.spoken) return;
    this.spoken = seq;
    if (!line || !this.playback.playing || t - line.t > ONSET_S) return;
    this.stage?.say(line.actor, line.text, line.until - line.t);
    if (this.sound && line.audio && this.playback.rate === 1) this.#play(line.audio);
  }

  /** @param {string} audio */
  #play(audio) {
    this.voice.src = audio;
    this.voice.play().catch((error) => console.warn("the line could not be played:", error));
  }

  #nextRate() {
    const rate = RATES[(RATES.indexOf(this.playback.rate) + 1) % RATES.length];
    this.playback.setRate(rate, performance.now() / 1000);
    say(this.rateWord, `${rate}×`);
  }

  #toggleSound() {
    this.sound = !this.sound;
    if (!this.sound) this.voice.pause();
    say(this.soundWord, this.sound ? "Sound on" : "Sound off");
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || isText(event.target)) return;
    const t = this.playback.at(performance.now() / 1000);
    const far = event.shiftKey ? LEAP_S : STEP_S;
    const deeds = /** @type {Record<string, () => void>} */ ({
      " ": () => this.toggle(),
      ArrowLeft: () => this.seek(t - far),
      ArrowRight: () => this.seek(t + far),
      Home: () => this.seek(this.recording.start),
      e: () => this.look((this.at + 1) % this.choices.length),
      m: () => this.#toggleSound(),
    });
    const deed = deeds[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!deed || (event.key === " " && event.target instanceof HTMLElement && event.target.closest("summary")))
      return;
    event.preventDefault();
    deed();
  }
}

/**
 * Space plays and pauses wherever the focus is; a focused button must not be pressed by it as well.
 * @param {KeyboardEvent} event
 */
function swallowSpace(event) {
  if (event.key === " " && event.target instanceof HTMLButtonElement) event.preventDefault();
}

/** @param {EventTarget | null} target */
function isText(target) {
  return target instanceof HTMLInputElement && target.type !== "range";
}

function keysLine() {
  const parts = /** @type {[string, string][]} */ ([
    ["←", ""],
    ["→", "2 s"],
    ["Shift", "with arrows 10 s"],
    ["Home", "to the beginning"],
  ]);
  const lanes = [
    ["trainee", "you"],
    ["person", "the scene"],
    ["instructor", "the instructor"],
  ];
  return element(
    "p",
    { class: "keys-line" },
    ...parts.flatMap(([key, text]) => [keycap(key), element("span", {}, text)]),
    ...lanes.map(([lane, text]) => element("span", { class: "legend", "data-lane": lane }, text)),
  );
}
