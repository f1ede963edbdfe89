/**
 * The one renderer: draws a scenario's scene and its people from state, live or from the log, through the
 * trainee's eyes, through an actor's eyes, or from above.
 *
 *     const stage = createStage(canvas, welcome.scenario, { quality: "auto", captions: element });
 *     stage.setActors(push.actors, push.t);          // every `stage` push
 *     stage.setTrainee({ p: [x, y, z], q: [x, y, z, w] }, t);
 *     stage.say(actor, text, seconds);
 *     stage.eyes("trainee");                         // or "<actor id>" or "overhead"
 *     stage.render(performance.now());               // live: people are drawn 100 ms behind the newest push
 *     stage.render(performance.now(), t);            // replay: exactly at session time t; paused when t
 *     rests
 *
 * The caller owns the loop. A step back in `t` is a jump: poses are taken as they are, nothing is blended.
 */

import {
  Group,
  PCFShadowMap,
  PerspectiveCamera,
  Scene,
  SRGBColorSpace,
  AgXToneMapping,
  Vector3,
  WebGLRenderer,
} from "../vendored/three.js";
import { Captions } from "./captions.js";
import { Cast } from "./cast.js";
import { Overhead } from "./overhead.js";
import { ArrivalClock, PoseTrack } from "./poses.js";
import { Pace, SETTINGS, levelFor, qualityAsked, rendererName } from "./quality.js";
import { buildBusShelter } from "./set/bus-shelter.js";
import { buildPlace } from "./set/place.js";
import { Reflection } from "./set/reflection.js";

/**
 * @typedef {import("../wire/messages.js").PublicScenario} PublicScenario
 * @typedef {import("../wire/messages.js").ActorPose} ActorPose
 * @typedef {{p: readonly number[], q: readonly number[], gesture?: string}} TraineePose  metres,
 *   quaternion x y z w,
 *   scene frame; gesture: what others see the trainee do (`open`, the default, or `radio`)
 * @typedef {"high" | "medium" | "low" | "auto"} Quality
 *
 * @typedef {object} StageOptions
 * @property {Quality} [quality] `low` has no shadows, reflections or antialiasing and fewer pixels; `auto`
 *   decides by the renderer's name and then by frame times. Default: what the page's address asks for, else `auto`
 * @property {HTMLElement | null} [captions] gets the running caption as text; make it `aria-live`
 * @property {boolean} [reducedMotion] default: the browser's preference; thins the rain
 *
 * @typedef {StageView} Stage
 */

/** People are drawn this far behind the newest push, so that there is always a later sample to go to. */
const DELAY_S = 0.1;
/** Eyes and body of the camera. */
const NEAR_M = 0.06;
const FAR_M = 140;
/** Vertical field of view: a person at 2 m fills the height, two at the edges are not bent. */
const FOV_DEGREES = 55;
const OVERHEAD_M = 15;
/** Standing eyes where the scenario starts, until a pose says better. */
const START_EYES_M = 1.65;
/** However slow the machine: with fewer, a face is no face. */
const LEAST_PIXELS = 150_000;
/** Longer steps are hitches; the springs should not see them. */
const MOST_STEP_S = 0.5;

/** Places with a set of their own; every other is built from what its scenario declares. @type {Record<string, typeof buildBusShelter>} */
const SETS = { bus_shelter: buildBusShelter };

/**
 * @param {HTMLCanvasElement} canvas
 * @param {PublicScenario} scenario
 * @param {StageOptions} [options]
 * @returns {Stage}
 */
export function createStage(canvas, scenario, options = {}) {
  return new StageView(canvas, scenario, options);
}

class StageView {
  #canvas;
  #scenario;
  #settings;
  #scene = new Scene();
  #camera;
  #set;
  /** @type {Reflection | null} */
  #reflection;
  #overhead = new Overhead();
  #captions;
  #cast;
  #clock = new ArrivalClock();
  #arrivedAt = 0;
  #trainee = new PoseTrack();
  #pace = new Pace();
  #pixelRatio;
  #adapts;
  #who = "trainee";
  #lastT = -Infinity;
  #eye = new Vector3();
  #center = new Vector3();
  #width = 0;
  #height = 0;
  /** @type {ResizeObserver | null} */
  #observer = null;
  #delayed = true;

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {PublicScenario} scenario
   * @param {StageOptions} options
   */
  constructor(canvas, scenario, { quality = qualityAsked(), captions = null, reducedMotion }) {
    this.#canvas = canvas;
    this.#scenario = scenario;
    this.#adapts = quality === "auto";
    const base = SETTINGS[quality === "auto" ? levelFor(rendererName()) : quality];
    const still = reducedMotion ?? matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.#settings = still ? { ...base, rain: Math.round(base.rain / 3) } : base;
    /** The WebGL renderer, for a WebXR session. */
    this.renderer = this.#buildRenderer();
    this.#reflection = this.#settings.reflection > 0 ? new Reflection(this.#settings.reflection) : null;
    const build = SETS[scenario.scene.setting] ?? buildPlace;
    this.#set = build(scenario.scene, this.#settings, {
      renderer: this.renderer,
      reflection: this.#reflection,
    });
    this.renderer.toneMappingExposure = this.#set.exposure.eyes;
    this.#camera = new PerspectiveCamera(FOV_DEGREES, 16 / 9, NEAR_M, FAR_M);
    /** Carries the camera: in a headset, set it to where the tracking space stands in the scene. */
    this.rig = new Group();
    this.rig.add(this.#camera);
    this.#captions = new Captions(captions);
    this.#cast = new Cast(scenario, this.#settings);
    this.#scene.background = this.#set.background;
    this.#scene.fog = this.#set.fog;
    this.#scene.environment = this.#set.environment;
    this.#scene.environmentIntensity = 0.55;
    this.#scene.add(this.#set.group, this.#cast.group, this.#overhead.group, this.rig);
    this.#pixelRatio = Math.min(devicePixelRatio, this.#settings.pixelRatio);
    this.#startPose();
    this.#watchSize();
  }

  /** The level that was chosen. */
  get quality() {
    return this.#settings.level;
  }

  /** Resolves when every person of the scenario has been modelled; until then they appear one by one. */
  get ready() {
    return this.#cast.ready;
  }

  /** The camera that the next frame uses, for sound and headsets. */
  get camera() {
    return this.#camera;
  }

  /**
   * @param {Record<string, ActorPose>} actors
   * @param {number} t session seconds
   */
  setActors(actors, t) {
    const now = performance.now() / 1000;
    this.#clock.arrived(t, now, now - this.#arrivedAt);
    this.#arrivedAt = now;
    this.#cast.take(actors, t);
  }

  /**
   * @param {TraineePose | null} pose null: hide the trainee
   * @param {number} t session seconds
   */
  setTrainee(pose, t) {
    this.#cast.traineeVisible = pose !== null;
    if (!pose) return;
    this.#trainee.add(t, pose.p, pose.q);
    this.#cast.traineeGesture = pose.gesture ?? "open";
  }

  /**
   * The trainee's own view is not delayed: what the keys or the head do is seen in this frame.
   * @param {ArrayLike<number>} p
   * @param {ArrayLike<number>} q
   */
  look(p, q) {
    this.#delayed = false;
    this.#trainee.clear();
    this.#trainee.add(0, p, q);
    this.#cast.traineeVisible = true;
  }

  /**
   * A line begins: shows the caption, moves the mouth.
   * @param {string} actor
   * @param {string} text
   * @param {number} seconds
   */
  say(actor, text, seconds) {
    const name = this.#scenario.actors[actor]?.name ?? actor;
    this.#captions.show(name, text, this.#lastT + seconds);
    this.#cast.say(actor, text, this.#lastT, seconds);
  }

  /** Ends the running caption at once. */
  hush() {
    this.#captions.clear();
  }

  /** Whose eyes the camera uses. @param {string} who "trainee", an actor's id, or "overhead" */
  eyes(who) {
    this.#who = who;
    const above = who === "overhead";
    this.#set.overhead(above);
    this.#overhead.group.visible = above;
    this.#scene.fog = above ? null : this.#set.fog;
    this.#cast.hidden = above ? null : who;
    this.#cast.named = above;
    const { exposure } = this.#set;
    this.renderer.toneMappingExposure = above ? exposure.above : exposure.eyes;
  }

  /** Where somebody's eyes are drawn now, or null; valid until the next frame. @param {string} actor */
  eyesOf(actor) {
    return this.#cast.eyesOf(actor);
  }

  /** The head-locked caption panel for a headset; add it to the headset's camera. */
  captionPanel() {
    return this.#captions.panel();
  }

  /**
   * One frame.
   * @param {number} now performance.now()
   * @param {number} [t] session seconds to draw exactly; left out: live
   */
  render(now, t) {
    const live = t === undefined;
    const time = live ? Math.max(this.#clock.time(now / 1000) - DELAY_S, -1e9) : t;
    const clock = live ? now / 1000 : t;
    const step = clock - this.#lastT;
    if (step < 0 || step > 2) this.#cast.jump();
    const dt = step < 0 ? 0 : Math.min(step, MOST_STEP_S);
    this.#lastT = clock;
    this.#captions.update(clock);
    const trainee = this.#trainee.empty ? null : this.#trainee.at(this.#delayed ? time : 0);
    this.#cast.update(dt, clock, time, trainee);
    const inHeadset = this.renderer.xr.isPresenting;
    if (!inHeadset) this.#aim(trainee);
    this.#camera.getWorldPosition(this.#eye);
    this.#set.update(clock, this.#eye);
    if (this.#overhead.group.visible)
      this.#overhead.update(this.#cast.personAt, this.#cast.traineeVisible ? this.#cast.traineeAt : null);
    if (this.#reflection && !inHeadset && this.#who !== "overhead") this.#mirror();
    else if (this.#reflection) this.#reflection.uniforms.uReflectStrength.value = 0;
    this.renderer.render(this.#scene, this.#camera);
    if (this.#adapts && !inHeadset) this.#adapt(now);
  }

  /**
   * CSS pixels; the canvas is watched, callers need this only in special cases.
   * @param {number} width
   * @param {number} height
   */
  resize(width, height) {
    this.#width = Math.max(1, width);
    this.#height = Math.max(1, height);
    if (this.renderer.xr.isPresenting) return;
    const ratio = Math.max(this.#pixelRatio, Math.min(1, Math.sqrt(LEAST_PIXELS / (this.#width * this.#height))));
    this.renderer.setPixelRatio(ratio);
    this.renderer.setSize(this.#width, this.#height, false);
    this.#reflection?.resize(this.#width * ratio, this.#height * ratio);
    this.#camera.aspect = this.#width / this.#height;
    // In a narrow window the field of view is kept sideways, or nobody is seen.
    this.#camera.fov =
      this.#camera.aspect >= 1.2
        ? FOV_DEGREES
        : Math.min(80, FOV_DEGREES * (1.2 / this.#camera.aspect) ** 0.6);
    this.#camera.updateProjectionMatrix();
  }

  dispose() {
    this.#observer?.disconnect();
    this.#cast.dispose();
    this.#set.dispose();
    this.#reflection?.dispose();
    this.renderer.dispose();
  }

  #buildRenderer() {
    const { antialias, shadows } = this.#settings;
    const renderer = new WebGLRenderer({
      canvas: this.#canvas,
      antialias,
      powerPreference: "high-performance",
    });
    renderer.outputColorSpace = SRGBColorSpace;
    renderer.toneMapping = AgXToneMapping;
    renderer.shadowMap.enabled = shadows > 0;
    renderer.shadowMap.type = PCFShadowMap;
    renderer.xr.enabled = true;
    renderer.xr.setFramebufferScaleFactor(this.#settings.simple ? 0.5 : 1);
    return renderer;
  }

  #startPose() {
    const start = this.#scenario.scene.starts.trainee;
    if (!start) return;
    const half = (start.yaw * Math.PI) / 360;
    this.#trainee.add(-1e6, [start.at[0], START_EYES_M, start.at[1]], [0, Math.sin(half), 0, Math.cos(half)]);
    this.#cast.traineeVisible = false;
  }

  #watchSize() {
    const { clientWidth, clientHeight } = this.#canvas;
    this.resize(clientWidth || this.#canvas.width, clientHeight || this.#canvas.height);
    if (typeof ResizeObserver === "undefined") return;
    this.#observer = new ResizeObserver(([entry]) =>
      this.resize(entry.contentRect.width, entry.contentRect.height),
    );
    this.#observer.observe(this.#canvas);
  }

  /** Puts the camera where its eyes are. @param {import("./poses.js").Pose | null} trainee */
  #aim(trainee) {
    const camera = this.#camera;
    this.rig.position.set(0, 0, 0);
    this.rig.quaternion.identity();
    if (this.#who === "overhead") {
      this.#center.copy(this.#cast.personAt);
      if (this.#cast.traineeVisible) this.#center.lerp(this.#cast.traineeAt, 0.5);
      camera.position.set(this.#center.x, OVERHEAD_M, this.#center.z + 1.5);
      camera.lookAt(this.#center.x, 0, this.#center.z);
    } else if (this.#who === "trainee") {
      if (trainee) place(camera, trainee);
    } else {
      const pose = this.#cast.viewOf(this.#who);
      if (pose) place(camera, pose);
    }
    camera.updateMatrixWorld(true);
  }

  #mirror() {
    if (!this.#reflection) return;
    this.#reflection.uniforms.uReflectStrength.value = 1;
    this.#reflection.render(this.renderer, this.#scene, this.#camera, this.#set.unreflected);
  }

  /** @param {number} now */
  #adapt(now) {
    const factor = this.#pace.frame(now);
    if (factor === null) return;
    this.#pixelRatio = Math.min(devicePixelRatio, this.#settings.pixelRatio) * factor;
    this.resize(this.#width, this.#height);
  }
}

/** @param {PerspectiveCamera} camera @param {import("./poses.js").Pose} pose */
function place(camera, { p, q }) {
  camera.position.set(p[0], p[1], p[2]);
  camera.quaternion.set(q[0], q[1], q[2], q[3]);
}
