/**
 * The exercise in a headset: the head itself is the source of `head_pose`, the hands of `hand_pose`; controllers point
 * at a panel with what can be said and whom to call, thumbsticks walk. The tracking space stands where the trainee
 * stood when they entered.
 */

import { Hands } from "./hands.js";
import { Menu, StopPlate } from "./panels.js";
import { Pointers } from "./pointers.js";
import { TrackingSpace } from "./tracking-space.js";

/** Metres per second with a stick pushed through; as brisk as with the keys. */
const STICK_SPEED = 1.4;
/** Below this a stick rests. */
const DEAD_ZONE = 0.2;
const SNAP_TURN = Math.PI / 6;
/**
 * Holding the stop plate, or both grips, this long stops: long enough not to happen, short enough when it
 * must.
 */
const HOLD_S = 1.2;
/** The panels come round when the head has turned this far from them. */
const FOLLOW_AT = 0.9;
const BODY_M = 0.25;

/**
 * @typedef {import("../station/scene.js").SceneView} SceneView
 * @typedef {import("../wire/messages.js").PublicScenario} PublicScenario
 *
 * `onSample`: a row of `head_pose`, or of `hand_pose.left` or `.right`; the row is used again. `onFrame`: a frame that
 * began at `ms` is drawn; `posed` whether the head was tracked in it. `onSession`: it has begun, or with null ended.
 * @typedef {{onSample: (stream: string, ms: number, row: Float64Array) => void,
 *   onFrame: (ms: number, posed: boolean) => void, onSession: (session: XRSession | null) => void,
 *   onChoice: (id: string) => void, onRadio: (id: string) => void, onStop: () => void}} HeadsetEvents
 */

/** Whether this browser has a headset to offer. @returns {Promise<boolean>} */
export async function headsetSupported() {
  try {
    return (await navigator.xr?.isSessionSupported("immersive-vr")) ?? false;
  } catch {
    return false; // a policy forbids it
  }
}

export class Headset {
  /**
   * The latest sample: px py pz qx qy qz qw in the scene; null outside a headset.
   * @type {Float64Array | null}
   */
  row = null;
  #row = new Float64Array(7);
  #p = new Float64Array(3);
  #q = new Float64Array(4);
  #scene;
  #scenario;
  #on;
  #menu;
  #stopPlate = new StopPlate();
  #pointers;
  /** @type {XRSession | null} */
  #session = null;
  #last = 0;
  #sampledMs = 0;
  #heldFor = 0;
  #turned = false;
  #space = new TrackingSpace();
  #hands;
  #panelYaw = 0;

  /**
   * @param {SceneView} scene
   * @param {PublicScenario} scenario
   * @param {HeadsetEvents} on
   */
  constructor(scene, scenario, on) {
    this.#scene = scene;
    this.#scenario = scenario;
    this.#on = on;
    this.#hands = new Hands(this.#space, on.onSample);
    this.#menu = new Menu(scenario);
    this.#pointers = new Pointers(scene.stage.renderer, scene.stage.rig, [this.#menu, this.#stopPlate]);
    this.#pointers.onSelect = (target) => this.#select(target);
  }

  get active() {
    return this.#session !== null;
  }

  /** Call from a click: browsers want a gesture. Rejects when the headset refuses. */
  async enter() {
    if (this.#session || !navigator.xr) return;
    const session = await navigator.xr.requestSession("immersive-vr", {
      requiredFeatures: ["local-floor"],
      optionalFeatures: ["hand-tracking"],
    });
    const { stage, walker } = this.#scene;
    this.#session = session;
    session.addEventListener("end", () => this.#ended(), { once: true });
    [this.#space.x, this.#space.z, this.#space.yaw] = [walker.x, walker.z, walker.yaw];
    this.#panelYaw = 0;
    stage.camera.add(stage.captionPanel());
    stage.rig.add(this.#menu.object, this.#stopPlate.object);
    stage.renderer.xr.setReferenceSpaceType("local-floor");
    await stage.renderer.xr.setSession(session);
    this.#scene.handOver(true);
    this.#on.onSession(session);
    this.#last = performance.now();
    stage.renderer.setAnimationLoop((time, frame) => this.#frame(time, frame));
  }

  leave() {
    this.#session?.end().catch(() => {}); // it may have ended by itself in this moment
  }

  /** @param {readonly string[]} offered */
  offer(offered) {
    this.#menu.offer(offered);
  }

  /** @param {string} request @param {string} status */
  radio(request, status) {
    this.#menu.radio(request, status);
  }

  #ended() {
    const { stage, walker } = this.#scene;
    this.#session = null;
    this.row = null;
    stage.renderer.setAnimationLoop(null);
    stage.rig.remove(this.#menu.object, this.#stopPlate.object);
    stage.camera.remove(stage.captionPanel());
    walker.place(this.#row[0], this.#row[2], headingOf(this.#row));
    this.#scene.handOver(false, this.#sampledMs);
    this.#on.onSession(null);
  }

  /** @param {number} time @param {XRFrame | undefined} frame */
  #frame(time, frame) {
    const { stage } = this.#scene;
    const space = stage.renderer.xr.getReferenceSpace();
    const pose = frame && space ? frame.getViewerPose(space) : null;
    const dt = Math.min(0.1, Math.max(0, (time - this.#last) / 1000));
    this.#last = time;
    // A pose is the one predicted for when this frame is seen; that is its time.
    const seen = /** @type {{predictedDisplayTime?: number} | undefined} */ (/** @type {unknown} */ (frame))
      ?.predictedDisplayTime;
    const seenMs = seen ?? time;
    if (pose) {
      this.#space.toScene(pose.transform, this.#row);
      this.#walk(dt);
      this.#space.toScene(pose.transform, this.#row);
      this.row = this.#row;
      this.#sampledMs = seenMs;
      this.#on.onSample("head_pose", seenMs, this.#row);
      for (let i = 0; i < 3; i++) this.#p[i] = this.#row[i];
      for (let i = 0; i < 4; i++) this.#q[i] = this.#row[3 + i];
      stage.look(this.#p, this.#q);
      this.#follow(pose.transform.orientation);
    }
    if (frame && space) this.#hands.sample(frame, space, seenMs);
    stage.rig.position.set(this.#space.x, 0, this.#space.z);
    stage.rig.rotation.set(0, this.#space.yaw, 0);
    stage.rig.updateMatrixWorld(true);
    this.#pointers.update();
    this.#hold(dt);
    stage.render(time);
    this.#on.onFrame(time, Boolean(pose));
  }

  /** Sticks: one walks where the head looks, the other turns in steps. @param {number} dt */
  #walk(dt) {
    const { left, right } = this.#pointers.sticks();
    const heading = headingOf(this.#row);
    const sx = Math.abs(left.x) > DEAD_ZONE ? left.x : 0;
    const sz = Math.abs(left.y) > DEAD_ZONE ? left.y : 0;
    const dx = (Math.cos(heading) * sx + Math.sin(heading) * sz) * STICK_SPEED * dt;
    const dz = (-Math.sin(heading) * sx + Math.cos(heading) * sz) * STICK_SPEED * dt;
    if ((dx !== 0 || dz !== 0) && this.#free(this.#row[0] + dx, this.#row[2] + dz)) {
      this.#space.x += dx;
      this.#space.z += dz;
    }
    if (Math.abs(right.x) < 0.5) this.#turned = false;
    else if (!this.#turned) this.#turn(-Math.sign(right.x) * SNAP_TURN);
  }

  /** Turns the tracking space about the head. @param {number} angle */
  #turn(angle) {
    this.#turned = true;
    this.#space.turnAbout(angle, this.#row[0], this.#row[2]);
  }

  /** Sticks walk nobody into walls; a real step is never held back. @param {number} x @param {number} z */
  #free(x, z) {
    const { bounds, cover } = this.#scenario.scene;
    if (x < bounds.x[0] || x > bounds.x[1] || z < bounds.z[0] || z > bounds.z[1]) return false;
    return cover.every(
      ({ center, size }) =>
        Math.abs(x - center[0]) > size[0] / 2 + BODY_M || Math.abs(z - center[2]) > size[2] / 2 + BODY_M,
    );
  }

  /**
   * The panels stay with the body and come round after the head has turned away.
   * @param {DOMPointReadOnly} q
   */
  #follow(q) {
    const heading = Math.atan2(2 * (q.x * q.z + q.w * q.y), 1 - 2 * (q.x * q.x + q.y * q.y));
    let away = (heading - this.#panelYaw) % (2 * Math.PI);
    if (away > Math.PI) away -= 2 * Math.PI;
    if (away < -Math.PI) away += 2 * Math.PI;
    if (Math.abs(away) > FOLLOW_AT) this.#panelYaw += away - Math.sign(away) * FOLLOW_AT * 0.5;
    const [hx, hz] = this.#space.local(this.#row[0], this.#row[2]);
    this.#menu.place(hx, hz, this.#panelYaw);
    this.#stopPlate.place(hx, hz, this.#panelYaw);
  }

  /** @param {number} dt */
  #hold(dt) {
    const holding = this.#pointers.bothGrips() || this.#pointers.holds(this.#stopPlate);
    this.#heldFor = holding ? this.#heldFor + dt : 0;
    this.#stopPlate.progress(this.#heldFor / HOLD_S);
    if (this.#heldFor < HOLD_S) return;
    this.#heldFor = 0;
    this.#on.onStop();
  }

  /** @param {import("./pointers.js").Target} target */
  #select(target) {
    if (target !== this.#menu) return;
    const row = this.#menu.hovered;
    if (row?.kind === "choice") this.#on.onChoice(row.id);
    else if (row?.kind === "radio") this.#on.onRadio(row.id);
  }
}

/** @param {ArrayLike<number>} row */
function headingOf(row) {
  const [x, y] = [row[3], row[4]];
  return Math.atan2(2 * (x * row[5] + row[6] * y), 1 - 2 * (x * x + y * y));
}
