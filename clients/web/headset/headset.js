/**
 * The exercise in a headset: the head itself is the source of `head_pose`, controllers point at a panel
 * with what can
 * be said and whom to call, thumbsticks walk. The tracking space stands where the trainee stood when they
 * entered.
 */

import { Menu, StopPlate } from "./panels.js";
import { Pointers } from "./pointers.js";

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
 * @typedef {{onSample: (ms: number, row: Float64Array) => void, onFrame: () => void, onChoice: (id:
 *   string) => void,
 *   onRadio: (id: string) => void, onStop: () => void}} HeadsetEvents
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
  /** Where the tracking space stands in the scene. */
  #x = 0;
  #z = 0;
  #yaw = 0;
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
    const session = await navigator.xr.requestSession("immersive-vr", { requiredFeatures: ["local-floor"] });
    const { stage, walker } = this.#scene;
    this.#session = session;
    session.addEventListener("end", () => this.#ended(), { once: true });
    [this.#x, this.#z, this.#yaw] = [walker.x, walker.z, walker.yaw];
    this.#panelYaw = 0;
    stage.camera.add(stage.captionPanel());
    stage.rig.add(this.#menu.object, this.#stopPlate.object);
    stage.renderer.xr.setReferenceSpaceType("local-floor");
    await stage.renderer.xr.setSession(session);
    this.#scene.handOver(true);
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
  }

  /** @param {number} time @param {XRFrame | undefined} frame */
  #frame(time, frame) {
    const { stage } = this.#scene;
    const space = stage.renderer.xr.getReferenceSpace();
    const pose = frame && space ? frame.getViewerPose(space) : null;
    const dt = Math.min(0.1, Math.max(0, (time - this.#last) / 1000));
    this.#last = time;
    if (pose) {
      this.#toScene(pose.transform);
      this.#walk(dt);
      this.#toScene(pose.transform);
      this.row = this.#row;
      // The pose is the one predicted for when this frame is seen; that is its time.
      const seen = /** @type {{predictedDisplayTime?: number}} */ (/** @type {unknown} */ (frame))
        .predictedDisplayTime;
      this.#sampledMs = seen ?? time;
      this.#on.onSample(this.#sampledMs, this.#row);
      for (let i = 0; i < 3; i++) this.#p[i] = this.#row[i];
      for (let i = 0; i < 4; i++) this.#q[i] = this.#row[3 + i];
      stage.look(this.#p, this.#q);
      this.#follow(pose.transform.orientation);
    }
    stage.rig.position.set(this.#x, 0, this.#z);
    stage.rig.rotation.set(0, this.#yaw, 0);
    stage.rig.updateMatrixWorld(true);
    this.#pointers.update();
    this.#hold(dt);
    stage.render(time);
    this.#on.onFrame();
  }

  /**
   * The viewer's pose in the scene's frame: the tracking space is turned about y only.
   * @param {XRRigidTransform} transform
   */
  #toScene({ position: p, orientation: q }) {
    const [c, s] = [Math.cos(this.#yaw), Math.sin(this.#yaw)];
    const row = this.#row;
    row[0] = this.#x + p.x * c + p.z * s;
    row[1] = p.y;
    row[2] = this.#z - p.x * s + p.z * c;
    const [hs, hc] = [Math.sin(this.#yaw / 2), Math.cos(this.#yaw / 2)];
    row[3] = hc * q.x + hs * q.z;
    row[4] = hc * q.y + hs * q.w;
    row[5] = hc * q.z - hs * q.x;
    row[6] = hc * q.w - hs * q.y;
  }

  /** Sticks: one walks where the head looks, the other turns in steps. @param {number} dt */
  #walk(dt) {
    const { left, right } = this.#pointers.sticks();
    const heading = headingOf(this.#row);
    const [sx, sz] = [Math.abs(left.x) > DEAD_ZONE ? left.x : 0, Math.abs(left.y) > DEAD_ZONE ? left.y : 0];
    const dx = (Math.cos(heading) * sx + Math.sin(heading) * sz) * STICK_SPEED * dt;
    const dz = (-Math.sin(heading) * sx + Math.cos(heading) * sz) * STICK_SPEED * dt;
    if ((dx !== 0 || dz !== 0) && this.#free(this.#row[0] + dx, this.#row[2] + dz)) {
      this.#x += dx;
      this.#z += dz;
    }
    if (Math.abs(right.x) < 0.5) this.#turned = false;
    else if (!this.#turned) this.#turn(-Math.sign(right.x) * SNAP_TURN);
  }

  /** Turns the tracking space about the head. @param {number} angle */
  #turn(angle) {
    this.#turned = true;
    const [hx, hz] = [this.#row[0], this.#row[2]];
    const [c, s] = [Math.cos(angle), Math.sin(angle)];
    const [ox, oz] = [this.#x - hx, this.#z - hz];
    this.#x = hx + ox * c + oz * s;
    this.#z = hz - ox * s + oz * c;
    this.#yaw += angle;
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
    const [hx, hz] = this.#local();
    this.#menu.place(hx, hz, this.#panelYaw);
    this.#stopPlate.place(hx, hz, this.#panelYaw);
  }

  /** The head on the floor of the tracking space. @returns {[number, number]} */
  #local() {
    const [dx, dz] = [this.#row[0] - this.#x, this.#row[2] - this.#z];
    const [c, s] = [Math.cos(this.#yaw), Math.sin(this.#yaw)];
    return [dx * c - dz * s, dx * s + dz * c];
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
  const [x, y, z, w] = [row[3], row[4], row[5], row[6]];
  return Math.atan2(2 * (x * z + w * y), 1 - 2 * (x * x + y * y));
}
