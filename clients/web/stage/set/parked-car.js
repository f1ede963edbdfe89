/** A parked car where a scenario's cover box is one. */

import {
  BufferAttribute,
  BufferGeometry,
  Mesh,
  MeshBasicMaterial,
  MeshStandardMaterial,
} from "../../vendored/three.js";
import { paintedMaterial } from "../painted.js";
import { modelCar } from "./car.js";

/** @typedef {import("../../wire/messages.js").CoverBox} CoverBox */

/** @param {CoverBox} box @param {boolean} simple */
export function buildCar({ center: [x, , z], size: [w, , d] }, simple) {
  const model = modelCar(simple ? 0.075 : 0.034);
  const body = new Mesh(
    painted(model.body, model.paint),
    simple ? paintedMaterial(true) : paintedMaterial(false),
  );
  const pane = simple
    ? new MeshBasicMaterial({ color: 0x0c1014 })
    : new MeshStandardMaterial({ color: 0x05070a, roughness: 0.08, metalness: 0.2, envMapIntensity: 1.4 });
  const glass = new Mesh(painted(model.glass, null), pane);
  for (const mesh of [body, glass]) {
    mesh.castShadow = mesh.receiveShadow = true;
    mesh.position.set(x, 0, z);
    if (w > d) mesh.rotation.y = Math.PI / 2;
  }
  return [body, glass];
}

/** @param {import("../figure/surface-nets.js").Surface} surface @param {Float32Array | null} paint */
function painted(surface, paint) {
  const geometry = new BufferGeometry();
  geometry.setAttribute("position", new BufferAttribute(surface.positions, 3));
  geometry.setAttribute("normal", new BufferAttribute(surface.normals, 3));
  if (paint) geometry.setAttribute("paint", new BufferAttribute(paint, 4));
  geometry.setIndex(new BufferAttribute(surface.indices, 1));
  return geometry;
}

