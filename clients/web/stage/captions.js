/**
 * The running caption: who speaks and what, as text of the page (read aloud by screen readers) and, in a
 * headset,
 * as a panel that stays with the head at a comfortable depth.
 */

import { CanvasTexture, Mesh, MeshBasicMaterial, PlaneGeometry, SRGBColorSpace } from "../vendored/three.js";

const WIDTH = 1024;
const HEIGHT = 224;

export class Captions {
  #element;
  #until = -Infinity;
  #shown = "";
  /** @type {{mesh: Mesh, canvas: HTMLCanvasElement, texture: CanvasTexture} | null} */
  #panel = null;

  /** @param {HTMLElement | null} element */
  constructor(element) {
    this.#element = element;
  }

  /**
   * @param {string} name
   * @param {string} text
   * @param {number} until seconds, the clock of `update`
   */
  show(name, text, until) {
    this.#until = until;
    this.#shown = text;
    if (this.#element) {
      const who = document.createElement("b");
      who.textContent = name;
      this.#element.replaceChildren(who, ` ${text}`);
      this.#element.dataset.speaking = "true";
    }
    if (this.#panel) this.#draw(name, text);
  }

  /** @param {number} t seconds */
  update(t) {
    if (this.#shown === "" || t < this.#until) return;
    this.clear();
  }

  clear() {
    this.#shown = "";
    this.#until = -Infinity;
    if (this.#element) {
      this.#element.replaceChildren();
      delete this.#element.dataset.speaking;
    }
    if (this.#panel) this.#panel.mesh.visible = false;
  }

  /** The panel for a headset; add it to the camera. @returns {Mesh} */
  panel() {
    if (this.#panel) return this.#panel.mesh;
    const canvas = document.createElement("canvas");
    canvas.width = WIDTH;
    canvas.height = HEIGHT;
    const texture = new CanvasTexture(canvas);
    texture.colorSpace = SRGBColorSpace;
    const material = new MeshBasicMaterial({
      map: texture,
      transparent: true,
      depthTest: false,
      depthWrite: false,
      fog: false,
      toneMapped: false,
    });
    const mesh = new Mesh(new PlaneGeometry(1.05, (1.05 * HEIGHT) / WIDTH), material);
    // 1.3 m away and 17 degrees down: readable without leaving the person's face.
    mesh.position.set(0, -0.4, -1.3);
    mesh.rotation.x = -0.28;
    mesh.renderOrder = 20;
    mesh.visible = false;
    this.#panel = { mesh, canvas, texture };
    return mesh;
  }

  /** @param {string} name @param {string} text */
  #draw(name, text) {
    if (!this.#panel) return;
    const { mesh, canvas, texture } = this.#panel;
    const c = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    c.clearRect(0, 0, WIDTH, HEIGHT);
    c.fillStyle = "rgb(12 16 20 / 80%)";
    c.beginPath();
    c.roundRect(0, 0, WIDTH, HEIGHT, 22);
    c.fill();
    c.font = "600 34px system-ui, sans-serif";
    c.fillStyle = "#8fbad6";
    c.fillText(name, 32, 52);
    c.font = "40px system-ui, sans-serif";
    c.fillStyle = "#e7ecf0";
    wrap(c, text, WIDTH - 64)
      .slice(0, 3)
      .forEach((line, i) => c.fillText(line, 32, 102 + 48 * i));
    texture.needsUpdate = true;
    mesh.visible = true;
  }
}

/** @param {CanvasRenderingContext2D} c @param {string} text @param {number} width @returns {string[]} */
export function wrap(c, text, width) {
  const lines = [""];
  for (const word of text.split(/\s+/)) {
    const longer = `${lines[lines.length - 1]} ${word}`.trim();
    if (c.measureText(longer).width <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}
