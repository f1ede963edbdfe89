/**
 * A mirror image of the scene in the ground, rendered small and read blurred: wet asphalt, not a mirror.
 * Rendered once per frame before the scene itself; not in a headset, where the ground falls back to its
 * environment map. Nothing of a set lies below the ground, so the mirrored view needs no clipping plane.
 */

import {
  HalfFloatType,
  LinearFilter,
  LinearMipmapLinearFilter,
  Matrix4,
  PerspectiveCamera,
  WebGLRenderTarget,
} from "../../vendored/three.js";

export class Reflection {
  #target;
  #camera = new PerspectiveCamera();

  /** @param {number} scale share of the canvas' resolution */
  constructor(scale) {
    this.scale = scale;
    this.#target = new WebGLRenderTarget(4, 4, {
      type: HalfFloatType,
      minFilter: LinearMipmapLinearFilter,
      magFilter: LinearFilter,
      generateMipmaps: true,
    });
    this.uniforms = {
      uReflection: { value: this.#target.texture },
      uReflectMatrix: { value: new Matrix4() },
      uReflectStrength: { value: 1 },
    };
  }

  /** @param {number} width pixels of the canvas @param {number} height */
  resize(width, height) {
    this.#target.setSize(
      Math.max(4, Math.round(width * this.scale)),
      Math.max(4, Math.round(height * this.scale)),
    );
  }

  /**
   * @param {import("../../vendored/three.js").WebGLRenderer} renderer
   * @param {import("../../vendored/three.js").Scene} scene
   * @param {PerspectiveCamera} camera the one that will look at the ground
   * @param {readonly import("../../vendored/three.js").Object3D[]} hidden what has no reflection
   */
  render(renderer, scene, camera, hidden) {
    const mirror = this.#camera;
    mirror.projectionMatrix.copy(camera.projectionMatrix);
    mirror.projectionMatrixInverse.copy(camera.projectionMatrixInverse);
    // Mirrored at y = 0: the world turned over, and the picture's left and right kept by flipping x of the
    // view.
    mirror.matrixAutoUpdate = false;
    mirror.matrixWorld.copy(camera.matrixWorld).premultiply(FLIP_Y).multiply(FLIP_Y);
    mirror.matrixWorldInverse.copy(mirror.matrixWorld).invert();
    mirror.matrixWorldAutoUpdate = false;
    const matrix = this.uniforms.uReflectMatrix.value;
    matrix.copy(TO_TEXTURE).multiply(mirror.projectionMatrix).multiply(mirror.matrixWorldInverse);
    for (const object of hidden) object.visible = false;
    const shadows = renderer.shadowMap.autoUpdate;
    renderer.shadowMap.autoUpdate = false;
    renderer.setRenderTarget(this.#target);
    renderer.clear();
    renderer.render(scene, mirror);
    renderer.setRenderTarget(null);
    renderer.shadowMap.autoUpdate = shadows;
    for (const object of hidden) object.visible = true;
  }

  dispose() {
    this.#target.dispose();
  }
}

const FLIP_Y = new Matrix4().makeScale(1, -1, 1);
const TO_TEXTURE = new Matrix4().set(0.5, 0, 0, 0.5, 0, 0.5, 0, 0.5, 0, 0, 0.5, 0.5, 0, 0, 0, 1);
