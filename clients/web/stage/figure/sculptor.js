/** Bodies for looks, modelled in a worker, in the order in which they were asked for. */

import { BufferAttribute, BufferGeometry } from "../../vendored/three.js";
import { buildBody } from "./body.js";

/**
 * @typedef {import("./body.js").Body} Body
 * @typedef {{geometry: BufferGeometry, joints: import("./bones.js").Joints}} Model
 */

export class Sculptor {
  /** @type {Worker | null} */
  #worker = null;
  /** @type {Map<number, (body: Body) => void>} */
  #waiting = new Map();
  #ids = 0;

  /**
   * @param {import("./looks.js").Look} look
   * @param {import("./body.js").Detail} detail
   * @returns {Promise<Model>}
   */
  async model(look, detail) {
    const { arrays, joints } = await this.#body(look, detail);
    const geometry = new BufferGeometry();
    geometry.setAttribute("position", new BufferAttribute(arrays.position, 3));
    geometry.setAttribute("normal", new BufferAttribute(arrays.normal, 3));
    geometry.setAttribute("paint", new BufferAttribute(arrays.paint, 4));
    geometry.setAttribute("skinIndex", new BufferAttribute(arrays.skinIndex, 4));
    geometry.setAttribute("skinWeight", new BufferAttribute(arrays.skinWeight, 4));
    geometry.setIndex(new BufferAttribute(arrays.index, 1));
    return { geometry, joints };
  }

  dispose() {
    this.#worker?.terminate();
    this.#worker = null;
    this.#waiting.clear();
  }

  /**
   * @param {import("./looks.js").Look} look
   * @param {import("./body.js").Detail} detail
   * @returns {Promise<Body>}
   */
  #body(look, detail) {
    const worker = this.#start();
    if (!worker) return Promise.resolve(buildBody(look, detail));
    return new Promise((resolve) => {
      const id = ++this.#ids;
      this.#waiting.set(id, resolve);
      worker.postMessage({ id, look, detail });
    });
  }

  /** @returns {Worker | null} null where there are none: the page then waits for its people */
  #start() {
    if (this.#worker || typeof Worker === "undefined") return this.#worker;
    this.#worker = new Worker(new URL("./sculptor-worker.js", import.meta.url), { type: "module" });
    this.#worker.onmessage = ({ data: { id, body } }) => {
      this.#waiting.get(id)?.(body);
      this.#waiting.delete(id);
    };
    return this.#worker;
  }
}
