/** Rays of controllers, hands or the gaze, what they are on, and what the sticks say. */

import {
  BufferAttribute,
  BufferGeometry,
  Line,
  LineBasicMaterial,
  Mesh,
  MeshBasicMaterial,
  Raycaster,
  SphereGeometry,
  Vector3,
} from "../vendored/three.js";

/**
 * @typedef {import("../vendored/three.js").XRTargetRaySpace} Controller
 * @typedef {{object: Mesh, point: (uv: {x: number, y: number} | null) => void}} Target
 */

const REST = { x: 0, y: 0 };
/** Buttons of a usual controller: trigger, grip. */
const GRIP = 1;

export class Pointers {
  /** @type {(target: Target) => void} */
  onSelect = () => {};
  #renderer;
  #targets;
  /** @type {{controller: Controller, line: Line, pressed: boolean, on: Target | null}[]} */
  #rays = [];
  #raycaster = new Raycaster();
  #direction = new Vector3();
  #dot;
  #sticks = { left: { x: 0, y: 0 }, right: { x: 0, y: 0 } };

  /**
   * @param {import("../vendored/three.js").WebGLRenderer} renderer
   * @param {import("../vendored/three.js").Group} rig
   * @param {Target[]} targets
   */
  constructor(renderer, rig, targets) {
    this.#renderer = renderer;
    this.#targets = targets;
    this.#dot = new Mesh(
      new SphereGeometry(0.008, 12, 8),
      new MeshBasicMaterial({ color: 0x8fbad6, depthTest: false, fog: false }),
    );
    this.#dot.renderOrder = 21;
    this.#dot.visible = false;
    rig.add(this.#dot);
    for (let i = 0; i < 2; i++) this.#rays.push(this.#ray(renderer.xr.getController(i), rig));
  }

  /** @param {Controller} controller @param {import("../vendored/three.js").Group} rig */
  #ray(controller, rig) {
    const geometry = new BufferGeometry();
    geometry.setAttribute("position", new BufferAttribute(new Float32Array([0, 0, 0, 0, 0, -1.4]), 3));
    const line = new Line(
      geometry,
      new LineBasicMaterial({ color: 0x8fbad6, transparent: true, opacity: 0.5, fog: false }),
    );
    controller.add(line);
    rig.add(controller);
    const ray = { controller, line, pressed: false, on: /** @type {Target | null} */ (null) };
    controller.addEventListener("selectstart", () => {
      ray.pressed = true;
    });
    controller.addEventListener("selectend", () => {
      ray.pressed = false;
      if (ray.on) this.onSelect(ray.on);
    });
    controller.addEventListener("disconnected", () => {
      ray.pressed = false;
      ray.on = null;
    });
    return ray;
  }

  /** Finds what each ray is on; call once per frame. */
  update() {
    this.#dot.visible = false;
    for (const target of this.#targets) {
      let uv = null;
      for (const ray of this.#rays) {
        const hit = this.#cast(ray.controller, target.object);
        if (hit) {
          ray.on = target;
          uv = hit.uv ?? null;
          this.#dot.visible = true;
          this.#dot.position.copy(hit.point);
          this.#dot.parent?.worldToLocal(this.#dot.position);
        } else if (ray.on === target) {
          ray.on = null;
        }
      }
      target.point(uv);
    }
  }

  /** @param {Controller} controller @param {Mesh} object */
  #cast(controller, object) {
    if (!controller.visible) return null;
    controller.getWorldDirection(this.#direction).negate();
    this.#raycaster.ray.origin.setFromMatrixPosition(controller.matrixWorld);
    this.#raycaster.ray.direction.copy(this.#direction);
    return this.#raycaster.intersectObject(object, false)[0] ?? null;
  }

  /** Whether a pressed ray rests on a target. @param {Target} target */
  holds(target) {
    return this.#rays.some((ray) => ray.pressed && ray.on === target);
  }

  bothGrips() {
    const sources = this.#renderer.xr.getSession()?.inputSources;
    let held = 0;
    for (let i = 0; sources && i < sources.length; i++) if (sources[i].gamepad?.buttons[GRIP]?.pressed) held += 1;
    return held >= 2;
  }

  /** @returns {{left: {x: number, y: number}, right: {x: number, y: number}}} y positive: pulled back */
  sticks() {
    const sticks = this.#sticks;
    Object.assign(sticks.left, REST);
    Object.assign(sticks.right, REST);
    const sources = this.#renderer.xr.getSession()?.inputSources;
    for (let i = 0; sources && i < sources.length; i++) {
      const { gamepad, handedness } = sources[i];
      if (!gamepad || handedness === "none") continue;
      const at = gamepad.axes.length >= 4 ? 2 : 0;
      sticks[handedness].x = gamepad.axes[at] ?? 0;
      sticks[handedness].y = gamepad.axes[at + 1] ?? 0;
    }
    return sticks;
  }
}
