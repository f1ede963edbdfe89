/**
 * What stands before the trainee in a headset: the menu of what can be said and whom to call, and the stop
 * plate.
 */

import { CanvasTexture, Mesh, MeshBasicMaterial, PlaneGeometry, SRGBColorSpace } from "../vendored/three.js";
import { wrap } from "../stage/captions.js";

const WIDTH = 720;
const HEIGHT = 920;
const ROW = 80;
const TOP = 20;
const METRES_PER_PIXEL = 0.00085;

/**
 * @typedef {import("../wire/messages.js").PublicScenario} PublicScenario
 * @typedef {{kind: "choice" | "radio" | "title", id: string, text: string, status: string}} Row
 */

/** A panel drawn on a canvas. */
class Panel {
  /** @param {number} width @param {number} height pixels */
  constructor(width, height) {
    this.canvas = document.createElement("canvas");
    this.canvas.width = width;
    this.canvas.height = height;
    this.context = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d"));
    this.texture = new CanvasTexture(this.canvas);
    this.texture.colorSpace = SRGBColorSpace;
    const material = new MeshBasicMaterial({
      map: this.texture,
      transparent: true,
      fog: false,
      toneMapped: false,
      depthTest: false,
      depthWrite: false,
    });
    this.object = new Mesh(new PlaneGeometry(width * METRES_PER_PIXEL, height * METRES_PER_PIXEL), material);
    this.object.renderOrder = 18;
  }

  /** @param {string} tone */
  clear(tone) {
    const { width, height } = this.canvas;
    this.context.clearRect(0, 0, width, height);
    this.context.fillStyle = tone;
    this.context.beginPath();
    this.context.roundRect(0, 0, width, height, 24);
    this.context.fill();
  }

  /**
   * Beside the body, turned to the face.
   * @param {number} x @param {number} z head on the floor of the tracking space @param {number} yaw
   * @param {number} aside radians to the left @param {number} height metres @param {number} away metres
   */
  stand(x, z, yaw, aside, height, away) {
    const at = yaw + aside;
    this.object.position.set(x - Math.sin(at) * away, height, z - Math.cos(at) * away);
    this.object.rotation.set(-0.35, at, 0, "YXZ");
  }
}

export class Menu extends Panel {
  /** @type {Row[]} */
  #rows = [];
  #offered = /** @type {readonly string[]} */ ([]);
  #statuses = /** @type {Record<string, string>} */ ({});
  #scenario;
  /** What the ray is on. @type {Row | null} */
  hovered = null;

  /** @param {PublicScenario} scenario */
  constructor(scenario) {
    super(WIDTH, HEIGHT);
    this.#scenario = scenario;
    this.#compose();
  }

  /** @param {number} x @param {number} z @param {number} yaw */
  place(x, z, yaw) {
    this.stand(x, z, yaw, 0.62, 1.12, 0.95);
  }

  /** @param {readonly string[]} offered */
  offer(offered) {
    this.#offered = offered;
    this.#compose();
  }

  /** @param {string} request @param {string} status */
  radio(request, status) {
    this.#statuses = { ...this.#statuses, [request]: status.replace("_", " ") };
    this.#compose();
  }

  /** The ray is at a point of the panel, or away. @param {{x: number, y: number} | null} uv */
  point(uv) {
    const y = uv ? (1 - uv.y) * HEIGHT - TOP : -1;
    const row = this.#rows[Math.floor(y / ROW)] ?? null;
    const next = row && row.kind !== "title" && y >= 0 ? row : null;
    if (next === this.hovered) return;
    this.hovered = next;
    this.#draw();
  }

  #compose() {
    const { choices, radio } = this.#scenario;
    const said = this.#offered.flatMap((id) =>
      choices[id] ? [{ kind: /** @type {const} */ ("choice"), id, text: choices[id].text, status: "" }] : [],
    );
    const calls = Object.entries(radio).map(([id, { text }]) => ({
      kind: /** @type {const} */ ("radio"),
      id,
      text,
      status: this.#statuses[id] ?? "",
    }));
    const title = (/** @type {string} */ text) => ({
      kind: /** @type {const} */ ("title"),
      id: "",
      text,
      status: "",
    });
    this.#rows = [title("Say"), ...said, title("Radio"), ...calls].slice(0, Math.floor((HEIGHT - TOP) / ROW));
    this.hovered = null;
    this.#draw();
  }

  #draw() {
    const c = this.context;
    this.clear("rgb(16 21 27 / 86%)");
    this.#rows.forEach((row, i) => {
      const y = TOP + i * ROW;
      if (row === this.hovered) {
        c.fillStyle = "rgb(143 186 214 / 32%)";
        c.fillRect(12, y + 2, WIDTH - 24, ROW - 6);
      }
      const title = row.kind === "title";
      c.font = `${title ? 600 : 400} ${title ? 30 : 27}px system-ui, sans-serif`;
      c.fillStyle = title ? "#9fadba" : "#e7ecf0";
      const text = row.status ? `${row.text} (${row.status})` : row.text;
      wrap(c, text, WIDTH - 70)
        .slice(0, 2)
        .forEach((line, k, all) => c.fillText(line, 34, y + ROW / 2 + 9 + (k - (all.length - 1) / 2) * 31));
    });
    this.texture.needsUpdate = true;
  }
}

export class StopPlate extends Panel {
  #shown = -1;

  constructor() {
    super(440, 190);
    this.progress(0);
  }

  /** @param {number} x @param {number} z @param {number} yaw */
  place(x, z, yaw) {
    this.stand(x, z, yaw, -0.58, 1.0, 0.9);
  }

  /** The plate has nothing to hover over. */
  point() {}

  /** @param {number} share 0..1 of the time it has to be held */
  progress(share) {
    const step = Math.round(Math.min(1, share) * 20);
    if (step === this.#shown) return;
    this.#shown = step;
    const c = this.context;
    this.clear("rgb(72 32 28 / 90%)");
    c.fillStyle = "rgb(229 140 124 / 55%)";
    c.fillRect(0, 164, (440 * step) / 20, 26);
    c.fillStyle = "#f3e3df";
    c.font = "600 44px system-ui, sans-serif";
    c.fillText("Stop", 34, 66);
    c.font = "25px system-ui, sans-serif";
    c.fillText("Point at this and hold the trigger,", 34, 108);
    c.fillText("or hold both grips", 34, 140);
    this.texture.needsUpdate = true;
  }
}
