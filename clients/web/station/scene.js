/**
 * The running picture: the stage, the trainee's body in it, and the loop that draws both. Samples are taken
 * on time even
 * where drawing is slow or the page is in the background.
 */

import { createStage } from "../stage/stage.js";
import { Keyboard } from "./keyboard.js";
import { Motion } from "./motion.js";
import { nearestCover } from "./cover.js";
import { Walker } from "./walking.js";

/** Radians per pixel of a drag: the width of a laptop's screen turns about a quarter. */
const DRAG = 0.0024;
/** Samples are due at least this often, also between slow frames. */
const BEAT_MS = 50;
/** A step's rise and fall, seen and not recorded. */
const BOB_M = 0.011;
const STRIDE = 4.6;

/**
 * @typedef {import("../wire/messages.js").PublicScenario} PublicScenario
 * @typedef {import("../wire/messages.js").ActorPose} ActorPose
 */

export class SceneView {
  /**
   * Where everybody stands, from the latest push; also what the walker keeps off.
   * @type {{id: string, x: number, z: number}[]}
   */
  people = [];
  #canvas;
  #scenario;
  #keyboard;
  #motion;
  #onSample;
  #onFrame;
  #running = false;
  #handedOver = false;
  #frame = 0;
  #beat = 0;
  #still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  #stride = 0;
  #view = { p: new Float64Array(3), q: new Float64Array(4) };
  frames = 0;

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {PublicScenario} scenario
   * @param {{captions: HTMLElement, onPress: (key: string) => boolean, onSample: (ms: number, row:
   *   Float64Array) => void,
   *   onFrame: (ms: number) => void}} on  onFrame: a frame that began at this time is drawn
   */
  constructor(canvas, scenario, { captions, onPress, onSample, onFrame }) {
    this.#canvas = canvas;
    this.#scenario = scenario;
    this.#onSample = onSample;
    this.#onFrame = onFrame;
    this.stage = createStage(canvas, scenario, { captions });
    const start = scenario.scene.starts.trainee ?? { at: [0, 0], yaw: 0 };
    this.walker = new Walker(start, scenario.scene.bounds, scenario.scene.cover);
    this.#keyboard = new Keyboard(onPress, () => this.#running);
    this.#motion = new Motion(this.walker, this.#keyboard, (ms, row) => this.#onSample(ms, row));
    this.#drag();
    this.#frame = requestAnimationFrame((now) => this.#draw(now)); // once the caller has got hold of this
  }

  /** The exercise runs: keys walk, samples flow. @param {boolean} on */
  run(on) {
    if (on === this.#running) return;
    this.#running = on;
    this.#keyboard.release(performance.now());
    clearInterval(this.#beat);
    this.#sample(performance.now());
  }

  /** Samples of the body begin, unless the exercise rests or a headset gives them. @param {number} fromMs */
  #sample(fromMs) {
    if (!this.#running || this.#handedOver) return;
    this.#motion.start(fromMs);
    this.#beat = setInterval(() => this.advance(), BEAT_MS);
  }

  /** Frozen: the body stands still, samples go on. @param {boolean} moves */
  let(moves) {
    this.#motion.moves = moves;
  }

  /**
   * In a headset the head itself is the source of samples, and its own loop draws.
   * @param {boolean} on
   * @param {number} [lastMs] the time of the headset's last sample: it may lie ahead by a frame or two
   */
  handOver(on, lastMs = 0) {
    this.#handedOver = on;
    cancelAnimationFrame(this.#frame);
    clearInterval(this.#beat);
    if (on) return;
    this.#sample(Math.max(lastMs, performance.now()));
    this.#draw(performance.now());
  }

  /** @param {Record<string, ActorPose>} actors @param {number} t */
  setActors(actors, t) {
    this.stage.setActors(actors, t);
    this.people = Object.entries(actors).map(([id, { p }]) => ({ id, x: p[0], z: p[2] }));
  }

  /**
   * Walks to the nearest cover from somebody; a second call stands up again.
   * @param {string} person
   * @returns {string | null} what it is, or null when there is none or one stands up
   */
  takeCover(person) {
    if (this.walker.underway || this.walker.ducked) {
      this.walker.standUp();
      return null;
    }
    const threat = this.people.find(({ id }) => id === person);
    if (!threat) return null;
    const { cover, bounds } = this.#scenario.scene;
    const found = nearestCover(cover, [this.walker.x, this.walker.z], [threat.x, threat.z], bounds);
    if (!found) return null;
    this.walker.goTo(found.path, found.eyes, threat);
    return found.box.label;
  }

  /** Samples that are due. */
  advance() {
    if (this.#running && !this.#handedOver) this.#motion.advance(performance.now(), this.people);
  }

  /** @param {number} now */
  #draw(now) {
    this.#frame = requestAnimationFrame((next) => this.#draw(next));
    this.advance();
    this.#look();
    this.stage.render(now);
    this.frames += 1;
    this.#onFrame(now);
  }

  /** The camera is the body's head, with the rise and fall of its steps. */
  #look() {
    const { row, vx, vz } = this.walker;
    const { p, q } = this.#view;
    const speed = Math.hypot(vx, vz);
    this.#stride += speed * STRIDE * 0.016;
    p[0] = row[0];
    p[1] = row[1] + (this.#still ? 0 : BOB_M * Math.min(1, speed) * Math.sin(this.#stride * 2));
    p[2] = row[2];
    for (let i = 0; i < 4; i++) q[i] = row[3 + i];
    this.stage.look(p, q);
  }

  #drag() {
    const canvas = this.#canvas;
    canvas.addEventListener("pointerdown", (event) => {
      if (this.#running) canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!this.#running || !canvas.hasPointerCapture(event.pointerId)) return;
      this.walker.look(event.movementX * DRAG, event.movementY * DRAG * 0.8);
    });
  }
}
