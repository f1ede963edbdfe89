/**
 * The exercise itself: the scene, what stands around it on the screen, and what the trainee can do in it by keys, buttons or
 * a headset. It asks the server for everything and shows what the server says.
 */

import { Headset } from "../headset/headset.js";
import { WireError } from "../wire/messages.js";
import { DeviceState } from "./device-state.js";
import { Hud } from "./hud.js";
import { Lines } from "./lines.js";
import { SceneView } from "./scene.js";

/** What the trainee says by a key stays readable this long. */
const SAID_MS = 5_000;

/**
 * @typedef {import("../wire/messages.js").PublicScenario & {person?: string}} PublicScenario
 * @typedef {import("../wire/messages.js").PhaseName} PhaseName
 * @typedef {import("../wire/messages.js").Push} Push
 *
 * What the exercise needs from the page.
 * @typedef {object} Around
 * @property {(type: string, fields?: Record<string, unknown>) => Promise<unknown>} request
 * @property {(stream: string, ms: number, row: Float64Array) => void} send keeps one row for the record
 * @property {import("./hearing.js").Hearing} hearing
 * @property {() => void} onStop
 */

export class Exercise {
  #scenario;
  #around;
  #person;
  #scene;
  #hud;
  /** @type {Headset | null} */
  #headset = null;
  #device;
  /** @type {AudioContext | null} */
  #audio = null;
  /** @type {Lines | null} */
  #lines = null;
  /** @type {PhaseName} */
  #phase = "lobby";
  #lastSampleMs = -Infinity;
  /** @type {Map<string, () => void>} */
  #keys = new Map();

  /**
   * Throws where the browser cannot draw.
   * @param {HTMLCanvasElement} canvas
   * @param {HTMLElement} root gets the panels around the scene
   * @param {PublicScenario} scenario
   * @param {Around} around
   */
  constructor(canvas, root, scenario, around) {
    this.#scenario = scenario;
    this.#around = around;
    this.#person = scenario.person ?? personOf(scenario.actors);
    this.#device = new DeviceState((ms, row) => around.send("headset_state", ms, row));
    this.#hud = new Hud(scenario, {
      onChoice: (id) => this.#choose(id),
      onRadio: (id) => this.#call(id),
      onAct: (id) => this.#act(id),
      onCover: () => this.#cover(),
      onStop: around.onStop,
      onHeadset: () => void this.enterHeadset(),
    });
    this.#hud.root.hidden = true;
    root.replaceChildren(this.#hud.root);
    this.#bindKeys();
    this.#scene = new SceneView(canvas, scenario, {
      captions: this.#hud.captions,
      onPress: (key) => this.#press(key),
      onSample: (ms, row) => this.#sample("head_pose", ms, row),
      onFrame: (ms) => this.#eachFrame(ms, false),
    });
  }

  /** px py pz qx qy qz qw of the trainee's head, from the headset while there is one. */
  get pose() {
    return this.#headset?.row ?? this.#scene.walker.row;
  }

  get distances() {
    const [x, , z] = this.pose;
    return Object.fromEntries(this.#scene.people.map((p) => [p.id, Math.hypot(p.x - x, p.z - z)]));
  }

  get quality() {
    return this.#scene.stage.quality;
  }

  get frames() {
    return this.#scene.frames;
  }

  /** The microphone may be used, sounds may be heard: call from a click. @returns {Promise<AudioContext>} */
  async openAudio() {
    this.#audio ??= new AudioContext({ latencyHint: "interactive" });
    await this.#audio.resume();
    if (!this.#lines) {
      this.#lines = new Lines(this.#audio);
      void this.#lines.prepare(this.#scenario.lines);
    }
    return this.#audio;
  }

  /** Whether the browser has a headset. @param {boolean} supported */
  offerHeadset(supported) {
    this.#hud.vr.hidden = !supported;
  }

  /** @param {PhaseName} phase @param {boolean} entered the trainee takes part on this page */
  follow(phase, entered) {
    this.#phase = phase;
    const playing = entered && (phase === "running" || phase === "frozen");
    this.#scene.run(playing);
    this.#scene.let(phase === "running");
    this.#device.run(playing);
    this.#around.hearing.flowing = playing;
    this.#hud.root.hidden = !playing;
  }

  /** It is over. */
  end() {
    this.follow("closed", false);
    this.#headset?.leave();
    this.#lines?.stopAll();
    this.#scene.stage.hush();
  }

  /** A short word to the trainee. @param {string} text */
  tell(text) {
    this.#hud.tell(text);
  }

  /** The state of the connection in words; empty when all is well. @param {string} text */
  connection(text) {
    this.#hud.connection(text);
  }

  /** What the server says about the scene. @param {Push} push */
  take(push) {
    if (push.type === "stage") this.#scene.setActors(push.actors, push.t);
    else if (push.type === "say") void this.#speak(push);
    else if (push.type === "choices") {
      this.#hud.offer(push.offered);
      this.#headset?.offer(push.offered);
    } else if (push.type === "radio") {
      this.#hud.radio(push.request, push.status);
      this.#headset?.radio(push.request, push.status);
    } else if (push.type === "attempt") this.#back();
    else if (push.type === "scenario") this.#reword(push.scenario);
  }

  /** The session was taken back to an earlier moment: nobody speaks, and what was asked for since was not. */
  #back() {
    this.#lines?.stopAll();
    this.#scene.stage.hush();
    for (const id of Object.keys(this.#scenario.radio)) {
      this.#hud.radio(id, "");
      this.#headset?.radio(id, "");
    }
  }

  /** The scenario has other words from now on; the place stays as it was built. @param {PublicScenario} scenario */
  #reword(scenario) {
    Object.assign(this.#scenario, scenario, { scene: this.#scenario.scene });
    this.#keys.clear();
    this.#bindKeys();
    this.#hud.reword();
    void this.#lines?.prepare(this.#scenario.lines);
  }

  /** Call from a click. */
  async enterHeadset() {
    try {
      await this.openAudio();
      this.#headset ??= new Headset(this.#scene, this.#scenario, {
        onSample: (stream, ms, row) => this.#sample(stream, ms, row),
        onFrame: (ms, posed) => this.#eachFrame(ms, posed),
        onSession: (session) => this.#device.wear(session),
        onChoice: (id) => this.#choose(id),
        onRadio: (id) => this.#call(id),
        onStop: this.#around.onStop,
      });
      this.#headset.offer(this.#hud.offered);
      await this.#headset.enter();
    } catch (error) {
      this.#hud.tell(`The headset could not be used: ${wordsOf(error)}`, 6_000);
    }
  }

  #bindKeys() {
    const { choices, radio, acts } = this.#scenario;
    const bind = (/** @type {string} */ key, /** @type {() => void} */ action) => {
      const letter = key.toLowerCase();
      if (!this.#keys.has(letter)) this.#keys.set(letter, action);
    };
    bind("escape", () => this.#hud.stop());
    for (const { key } of Object.values(choices)) bind(key, () => this.#chooseAt(key.toLowerCase()));
    for (const [id, { key }] of Object.entries(radio)) bind(key, () => this.#call(id));
    for (const [id, { key }] of Object.entries(acts)) bind(key, () => this.#act(id));
    bind("c", () => this.#cover());
    bind("?", () => this.#hud.toggleHelp());
    bind("f1", () => this.#hud.toggleHelp());
  }

  /** @param {string} key @returns {boolean} */
  #press(key) {
    if (this.#hud.root.hidden) return false;
    const action = this.#keys.get(key);
    action?.();
    return action !== undefined;
  }

  /** @param {string} key */
  #chooseAt(key) {
    const id = this.#hud.choiceAt(key);
    if (id !== null) this.#choose(id);
  }

  /** @param {string} id */
  #choose(id) {
    const { text } = this.#scenario.choices[id];
    this.#request("choose", { choice: id }, () => {
      this.#hud.chosen(id);
      this.#hud.tell(`You: “${text}”`, SAID_MS);
    });
  }

  /** @param {string} id */
  #call(id) {
    this.#request("radio", { request: id }, () => this.#hud.tell("You call on the radio."));
  }

  /** @param {string} id */
  #act(id) {
    if (id === "take_cover" && !this.#cover()) return;
    this.#request("act", { act: id }, () => {
      if (id !== "take_cover") this.#hud.tell(this.#scenario.acts[id].text);
    });
  }

  /** @returns {boolean} whether one goes to cover now */
  #cover() {
    if (this.#phase !== "running" || this.#headset?.active) return false;
    const { walker } = this.#scene;
    const up = walker.underway || walker.ducked;
    const label = this.#scene.takeCover(this.#person);
    if (label) this.#hud.tell(`You step behind the ${label}. Any step brings you out again.`);
    else this.#hud.tell(up ? "You step out again." : "There is no cover you can reach from here.");
    return label !== null;
  }

  /**
   * @param {string} type
   * @param {Record<string, unknown>} fields
   * @param {() => void} done
   */
  #request(type, fields, done) {
    this.#around.request(type, fields).then(done, (error) => {
      const soon = error instanceof WireError && error.code === "not_offered";
      this.#hud.tell(soon ? "Not now." : wordsOf(error));
    });
  }

  /** @param {string} stream @param {number} ms @param {Float64Array} row */
  #sample(stream, ms, row) {
    // Between a headset's predicted times and the keyboard's, some milliseconds may overlap.
    if (this.#hud.root.hidden || ms < this.#lastSampleMs) return;
    this.#lastSampleMs = ms;
    this.#around.send(stream, ms, row);
  }

  /** @param {import("../wire/messages.js").SayPush} push */
  async #speak({ event, actor, text, audio }) {
    if (!this.#lines) return;
    const at = this.#scene.stage.eyesOf(actor);
    const from = at && { x: at.x, y: at.y, z: at.z };
    const { startedMs, seconds } = await this.#lines.speak(actor, text, audio, from);
    this.#scene.stage.say(actor, text, seconds);
    const told = this.#around.request("presented", { event, client_ms: startedMs });
    told.catch((error) => console.warn("presented:", wordsOf(error)));
  }

  /** What moves on the page with every frame. @param {number} ms when it began @param {boolean} posed the head was tracked in it */
  #eachFrame(ms, posed) {
    const { hearing } = this.#around;
    this.#device.frame(ms, posed);
    hearing.draw();
    if (!this.#hud.root.hidden) this.#hud.listen(hearing.state, hearing.level);
    const { stage } = this.#scene;
    this.#lines?.listen(stage.camera, this.#eyesOf);
  }

  /** @param {string} actor */
  #eyesOf = (actor) => this.#scene.stage.eyesOf(actor);
}

/** Whom the scenario is about, where it does not say. @param {PublicScenario["actors"]} actors */
function personOf(actors) {
  const ids = Object.keys(actors);
  return ids.find((id) => /person/i.test(actors[id].role)) ?? ids[0] ?? "";
}

/** @param {unknown} error */
export function wordsOf(error) {
  return error instanceof Error ? error.message : String(error);
}
