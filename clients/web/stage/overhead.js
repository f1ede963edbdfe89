/** The view from above: rings of distance around the person, names, and a line to the trainee. */

import {
  AdditiveBlending,
  BufferAttribute,
  BufferGeometry,
  CanvasTexture,
  DoubleSide,
  Group,
  Line,
  LineBasicMaterial,
  Mesh,
  MeshBasicMaterial,
  RingGeometry,
  Sprite,
  SpriteMaterial,
  SRGBColorSpace,
} from "../vendored/three.js";

/** Metres: arm's length, the reactionary gap of an agitated person, a conversation, a street. */
const RINGS = [1.2, 2, 4, 6];

export class Overhead {
  group = new Group();
  #line;
  #ends;

  constructor() {
    this.group.visible = false;
    RINGS.forEach((radius, i) => {
      const tone = i < 2 ? 0xe2a36a : 0x9fb4c6;
      const material = new MeshBasicMaterial({
        color: tone,
        transparent: true,
        opacity: i < 2 ? 0.75 : 0.42,
        depthWrite: false,
        side: DoubleSide,
        fog: false,
      });
      const mesh = new Mesh(new RingGeometry(radius - 0.018, radius + 0.018, 96), material);
      mesh.rotation.x = -Math.PI / 2;
      mesh.position.y = 0.02;
      mesh.renderOrder = 8;
      const text = label(`${radius} m`, 26);
      text.position.set(radius * 0.7072, 0.06, radius * 0.7072);
      this.group.add(mesh, text);
    });
    this.#ends = new BufferAttribute(new Float32Array(6), 3);
    const geometry = new BufferGeometry();
    geometry.setAttribute("position", this.#ends);
    this.#line = new Line(
      geometry,
      new LineBasicMaterial({
        color: 0xe7ecf0,
        transparent: true,
        opacity: 0.55,
        blending: AdditiveBlending,
        fog: false,
        depthTest: false,
      }),
    );
    this.#line.frustumCulled = false;
    this.group.add(this.#line);
  }

  /**
   * @param {{x: number, z: number}} person
   * @param {{x: number, z: number} | null} trainee
   */
  update(person, trainee) {
    this.group.position.set(person.x, 0, person.z);
    this.#line.visible = trainee !== null;
    if (!trainee) return;
    this.#ends.setXYZ(0, 0, 0.03, 0);
    this.#ends.setXYZ(1, trainee.x - person.x, 0.03, trainee.z - person.z);
    this.#ends.needsUpdate = true;
  }
}

/**
 * A short text that faces the camera.
 * @param {string} text
 * @param {number} size pixels
 */
export function label(text, size) {
  const canvas = document.createElement("canvas");
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const font = `600 ${size * 2}px system-ui, sans-serif`;
  context.font = font;
  canvas.width = Math.ceil(context.measureText(text).width) + size;
  canvas.height = size * 3;
  context.font = font;
  context.textBaseline = "middle";
  context.lineWidth = size / 3;
  context.strokeStyle = "rgb(12 16 20 / 85%)";
  context.strokeText(text, size / 2, canvas.height / 2);
  context.fillStyle = "#e7ecf0";
  context.fillText(text, size / 2, canvas.height / 2);
  const texture = new CanvasTexture(canvas);
  texture.colorSpace = SRGBColorSpace;
  const sprite = new Sprite(
    new SpriteMaterial({ map: texture, transparent: true, depthTest: false, depthWrite: false, fog: false }),
  );
  sprite.scale.set(canvas.width / 130, canvas.height / 130, 1);
  sprite.renderOrder = 9;
  return sprite;
}
