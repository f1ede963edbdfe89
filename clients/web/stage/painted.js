/**
 * Painted surfaces: colour and roughness stand with the vertices (`paint`: r, g, b linear, roughness), so
 * that
 * all people share one material and a whole set is one draw call.
 */

import {
  BufferAttribute,
  BufferGeometry,
  Matrix4,
  MeshLambertMaterial,
  MeshStandardMaterial,
} from "../vendored/three.js";

/**
 * @param {boolean} simple Lambert shading without highlights, for software renderers
 */
export function paintedMaterial(simple) {
  const material = simple
    ? new MeshLambertMaterial()
    : new MeshStandardMaterial({ roughness: 1, metalness: 0 });
  material.onBeforeCompile = (shader) => {
    shader.vertexShader = shader.vertexShader
      .replace("#include <common>", "#include <common>\nattribute vec4 paint;\nvarying vec4 vPaint;")
      .replace("#include <begin_vertex>", "#include <begin_vertex>\nvPaint = paint;");
    shader.fragmentShader = shader.fragmentShader
      .replace("#include <common>", "#include <common>\nvarying vec4 vPaint;")
      .replace("#include <color_fragment>", "#include <color_fragment>\ndiffuseColor.rgb *= vPaint.rgb;")
      .replace("#include <roughnessmap_fragment>", "float roughnessFactor = vPaint.a;");
  };
  material.customProgramCacheKey = () => "talkdown-painted";
  return material;
}

/** @typedef {readonly [number, number, number]} Rgb linear */
/**
 * @typedef {(x: number, y: number, z: number) => number} Shade factor on the colour at a point of the scene
 */

/** @param {number} hex sRGB @returns {Rgb} linear */
export function rgb(hex) {
  const channel = (/** @type {number} */ shift) => (((hex >> shift) & 255) / 255) ** 2.2;
  return [channel(16), channel(8), channel(0)];
}

const place = new Matrix4();

/** Collects painted shapes into one geometry. */
export class Painting {
  /** @type {number[]} */ #positions = [];
  /** @type {number[]} */ #normals = [];
  /** @type {number[]} */ #paint = [];
  /** @type {number[]} */ #indices = [];

  /**
   * @param {BufferGeometry} shape disposed of here
   * @param {Rgb} tone
   * @param {number} roughness
   * @param {{at?: readonly number[], matrix?: Matrix4, shade?: Shade}} [how]
   */
  add(shape, tone, roughness, { at = [0, 0, 0], matrix, shade = () => 1 } = {}) {
    shape.applyMatrix4(matrix ?? place.makeTranslation(at[0], at[1], at[2]));
    const position = shape.getAttribute("position");
    const normal = shape.getAttribute("normal");
    const base = this.#positions.length / 3;
    for (let i = 0; i < position.count; i++) {
      const [x, y, z] = [position.getX(i), position.getY(i), position.getZ(i)];
      const k = shade(x, y, z);
      this.#positions.push(x, y, z);
      this.#normals.push(normal.getX(i), normal.getY(i), normal.getZ(i));
      this.#paint.push(tone[0] * k, tone[1] * k, tone[2] * k, roughness);
    }
    const index = shape.getIndex();
    const count = index ? index.count : position.count;
    for (let i = 0; i < count; i++) this.#indices.push(base + (index ? index.getX(i) : i));
    shape.dispose();
  }

  /**
   * A surface that was modelled as a field.
   * @param {import("./figure/surface-nets.js").Surface} surface
   * @param {Rgb} tone
   * @param {number} roughness
   * @param {Shade} shade
   */
  addSurface({ positions, normals, occlusion, indices }, tone, roughness, shade) {
    const base = this.#positions.length / 3;
    for (let i = 0; i < occlusion.length; i++) {
      const [x, y, z] = [positions[3 * i], positions[3 * i + 1], positions[3 * i + 2]];
      const k = shade(x, y, z) * (0.25 + 0.75 * occlusion[i]);
      this.#positions.push(x, y, z);
      this.#normals.push(normals[3 * i], normals[3 * i + 1], normals[3 * i + 2]);
      this.#paint.push(tone[0] * k, tone[1] * k, tone[2] * k, roughness);
    }
    for (const index of indices) this.#indices.push(base + index);
  }

  geometry() {
    const geometry = new BufferGeometry();
    geometry.setAttribute("position", new BufferAttribute(new Float32Array(this.#positions), 3));
    geometry.setAttribute("normal", new BufferAttribute(new Float32Array(this.#normals), 3));
    geometry.setAttribute("paint", new BufferAttribute(new Float32Array(this.#paint), 4));
    geometry.setIndex(new BufferAttribute(new Uint32Array(this.#indices), 1));
    return geometry;
  }
}
