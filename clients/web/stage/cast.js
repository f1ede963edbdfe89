/**
 * The people on the stage: who is there, modelled when they first appear, moved from the latest pushes. The
 * trainee is one of them, seen only through the eyes of others.
 */

import { CanvasTexture, Group, Mesh, MeshBasicMaterial, PlaneGeometry, Vector3 } from "../vendored/three.js";
import { COARSE, FINE } from "./figure/body.js";
import { Figure } from "./figure/figure.js";
import { lookOf } from "./figure/looks.js";
import { Sculptor } from "./figure/sculptor.js";
import { label } from "./overhead.js";
import { paintedMaterial } from "./painted.js";
import { PoseTrack, pitchOf, yawOf } from "./poses.js";

/**
 * @typedef {import("../vendored/three.js").Sprite} Sprite
 * @typedef {import("../wire/messages.js").ActorPose} ActorPose
 * @typedef {import("./figure/figure.js").State} State
 * @typedef {{id: string, track: PoseTrack, state: State, figure: Figure | null, modelled: boolean, shadow: Mesh,
 *   tag: Sprite | null, seen: number}} Member  modelled: the model is there or on its way; tag: the name, from above
 */

/** Nobody hears of somebody for this long: they have left the scene. */
const GONE_S = 1.5;
const TRAINEE = "trainee";

export class Cast {
  group = new Group();
  traineeVisible = false;
  traineeGesture = "open";
  /** Names over the heads, for the view from above. */
  named = false;
  /** Whose figure is not drawn: the camera is in their head. @type {string | null} */
  hidden = TRAINEE;
  /** Feet of the person the scenario is about, and of the trainee. */
  personAt = new Vector3();
  traineeAt = new Vector3();
  #scenario;
  #settings;
  #material;
  #sculptor = new Sculptor();
  /** @type {Map<string, Member>} */
  #members = new Map();
  /** @type {Promise<void>[]} */
  #models = [];
  #newest = -Infinity;
  #person;
  #eyes = new Vector3();

  /**
   * @param {import("../wire/messages.js").PublicScenario & {person?: string}} scenario
   * @param {import("./quality.js").Settings} settings
   */
  constructor(scenario, settings) {
    this.#scenario = scenario;
    this.#settings = settings;
    this.#material = paintedMaterial(settings.simple, true);
    this.#person = scenario.person ?? personOf(scenario.actors);
    this.#model(this.#join(this.#person));
    this.#join(TRAINEE); // modelled only when somebody else looks: the trainee's own page never needs it
  }

  /** All that have joined so far are modelled. @returns {Promise<unknown>} */
  get ready() {
    return Promise.all(this.#models);
  }

  /** @param {Record<string, ActorPose>} actors @param {number} t */
  take(actors, t) {
    if (t < this.#newest) this.jump();
    this.#newest = t;
    for (const id in actors) {
      const member = this.#members.get(id) ?? this.#join(id);
      const actor = actors[id];
      member.track.add(t, actor.p, actor.q);
      member.seen = t;
      member.state.posture = actor.posture;
      member.state.gesture = actor.gesture;
      member.state.arousal = Math.min(1, Math.max(0, actor.arousal));
    }
  }

  /** @param {string} actor @param {string} text @param {number} clock @param {number} seconds */
  say(actor, text, clock, seconds) {
    this.#members.get(actor)?.figure?.say(text, clock, seconds);
  }

  /** Poses are taken as they are at the next update. */
  jump() {
    for (const { figure } of this.#members.values()) figure?.jump();
  }

  /**
   * @param {number} dt
   * @param {number} clock seconds that gestures follow
   * @param {number} time session seconds that poses are read at
   * @param {import("./poses.js").Pose | null} trainee
   */
  update(dt, clock, time, trainee) {
    const me = /** @type {Member} */ (this.#members.get(TRAINEE));
    if (trainee) this.#pose(me.state, trainee);
    me.state.pitch = trainee ? pitchOf(trainee.q) : null;
    me.state.gesture = this.traineeGesture;
    this.traineeAt.set(me.state.x, 0, me.state.z);
    for (const member of this.#members.values()) {
      const isMe = member === me;
      const there = isMe ? this.traineeVisible : !member.track.empty && this.#newest - member.seen < GONE_S;
      if (!isMe && there) this.#pose(member.state, member.track.at(time));
      if (!isMe) this.#attract(member, me);
      this.#draw(member, there, dt, clock);
      if (member.id === this.#person) this.personAt.set(member.state.x, 0, member.state.z);
    }
  }

  /** Where somebody's eyes are drawn. @param {string} actor */
  eyesOf(actor) {
    const member = this.#members.get(actor);
    if (!member || (member.track.empty && actor !== TRAINEE)) return null;
    return this.#eyes.set(member.state.x, member.state.y, member.state.z);
  }

  /**
   * The view through somebody's eyes: the place of the record, heading towards what they attend to.
   * @param {string} actor
   */
  viewOf(actor) {
    const member = this.#members.get(actor);
    return member && !member.track.empty ? member.track.pose : null;
  }

  dispose() {
    this.#sculptor.dispose();
    for (const { figure } of this.#members.values()) figure?.dispose();
  }

  /** @param {string} id @returns {Member} */
  #join(id) {
    /** @type {State} */
    const state = {
      x: 0,
      y: 1.65,
      z: 0,
      yaw: 0,
      posture: "standing",
      gesture: "idle",
      arousal: 0,
      gaze: new Vector3(0, 1.65, 0),
      pitch: null,
    };
    /** @type {Member} */
    const member = {
      id,
      track: new PoseTrack(),
      state,
      figure: null,
      modelled: false,
      shadow: contactShadow(),
      tag: null,
      seen: -Infinity,
    };
    this.#members.set(id, member);
    this.group.add(member.shadow);
    return member;
  }

  /** Has somebody modelled, once. @param {Member} member */
  #model(member) {
    if (member.modelled) return;
    member.modelled = true;
    this.#models.push(this.#build(member));
  }

  /** @param {Member} member */
  async #build(member) {
    const actor = this.#scenario.actors[member.id];
    const look = lookOf(member.id, actor?.role ?? "", actor?.look);
    const body = await this.#sculptor.model(look, this.#settings.simple ? COARSE : FINE);
    const seed = [...member.id].reduce((sum, c) => (sum * 31 + c.charCodeAt(0)) | 0, 7);
    const calm = member.id !== this.#person;
    member.figure = new Figure(body, this.#material, { seed, calm, shadows: this.#settings.shadows > 0 });
    member.figure.object.visible = false;
    member.tag = label(actor?.name ?? "Trainee", 22);
    member.tag.visible = false;
    this.group.add(member.figure.object, member.tag);
  }

  /** @param {State} state @param {import("./poses.js").Pose} pose */
  #pose(state, { p, q }) {
    state.x = p[0];
    state.y = p[1];
    state.z = p[2];
    state.yaw = yawOf(q);
  }

  /**
   * What draws somebody's eyes: the trainee; for the others, when no trainee is there, the person.
   * @param {Member} member
   * @param {Member} me
   */
  #attract({ id, state }, me) {
    if (!state.gaze) return;
    if (this.traineeVisible && id === this.#person) state.gaze.set(me.state.x, me.state.y - 0.04, me.state.z);
    else state.gaze.set(this.personAt.x, 1.55, this.personAt.z);
  }

  /**
   * @param {Member} member
   * @param {boolean} there
   * @param {number} dt
   * @param {number} clock
   */
  #draw(member, there, dt, clock) {
    const visible = there && member.id !== this.hidden;
    if (visible) this.#model(member);
    const { figure, state, shadow, tag } = member;
    shadow.visible = visible && figure !== null;
    if (!figure || !tag) return;
    if (visible && !figure.object.visible) figure.jump();
    figure.object.visible = visible;
    tag.visible = visible && this.named;
    if (!visible) return;
    figure.update(dt, clock, state);
    shadow.position.set(state.x, 0.006, state.z);
    if (tag.visible) tag.position.set(state.x, 0.1, state.z - 0.75);
  }
}

/** The actor whose role says so; else the first. @param {Record<string, {role: string}>} actors */
function personOf(actors) {
  const ids = Object.keys(actors);
  return ids.find((id) => /person|subject/i.test(actors[id].role)) ?? ids[0] ?? "person";
}

/** @type {{geometry: PlaneGeometry, material: MeshBasicMaterial} | null} */
let blot = null;

/** The soft dark where feet meet the ground; lamps alone leave people floating. */
function contactShadow() {
  if (!blot) {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 64;
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    const gradient = context.createRadialGradient(32, 32, 2, 32, 32, 32);
    gradient.addColorStop(0, "rgb(0 0 0 / 62%)");
    gradient.addColorStop(0.5, "rgb(0 0 0 / 26%)");
    gradient.addColorStop(1, "rgb(0 0 0 / 0%)");
    context.fillStyle = gradient;
    context.fillRect(0, 0, 64, 64);
    const material = new MeshBasicMaterial({
      map: new CanvasTexture(canvas),
      transparent: true,
      depthWrite: false,
    });
    blot = { geometry: new PlaneGeometry(0.85, 0.85), material };
  }
  const mesh = new Mesh(blot.geometry, blot.material);
  mesh.rotation.x = -Math.PI / 2;
  mesh.renderOrder = 1;
  return mesh;
}
