/**
 * A person's whole surface: models each part from the look, paints it, binds it to the bones, and joins all
 * into one geometry, so that a person is one draw call. Takes some tenths of a second; done once per look.
 */

import { CLOTH } from "../paint.js";
import { badgeShare, jacketField, shirtField, shoeField, trimShare, trousersField } from "./clothes.js";
import { eyeball, eyebrow, lid } from "./eyes.js";
import { handField, handShares } from "./hand.js";
import { hairField, isHeadwear, paintHair } from "./hair.js";
import { browShare, headField, jawShare, mouthShare, paintSkin } from "./head.js";
import { mix, noise, smoothstep } from "./noise.js";
import { BASE_HEIGHT, BONE_INDEX, restJoints } from "./bones.js";
import { planes, polygonise } from "./surface-nets.js";
import { follow, neckShare, segments } from "./weights.js";

/**
 * Cell sizes in metres. Fine: a face bears a look from 1.5 m. Coarse: a quarter of the triangles.
 * @typedef {{cloth: number, head: number, hair: number, hand: number}} Detail
 */
export const FINE = /** @type {Detail} */ ({ cloth: 0.0125, head: 0.0027, hair: 0.005, hand: 0.0042 });
export const COARSE = /** @type {Detail} */ ({ cloth: 0.026, head: 0.0048, hair: 0.0105, hand: 0.0085 });

/**
 * @typedef {import("./looks.js").Look} Look
 * @typedef {import("./clothes.js").Model} Model
 * @typedef {import("./surface-nets.js").Surface} Surface
 * @typedef {import("./eyes.js").Patch} Patch
 * @typedef {{x: number, y: number, z: number, nx: number, ny: number, nz: number, occlusion: number}}
 *   Point  figure space
 * @typedef {{position: Float32Array, normal: Float32Array, paint: Float32Array, skinIndex: Uint16Array,
 *   skinWeight: Float32Array, index: Uint32Array}} BodyArrays  vertex attributes, see painted.js for `paint`
 * @typedef {{arrays: BodyArrays, joints: import("./bones.js").Joints}} Body
 * @typedef {(point: Point, out: number[]) => void} Painter  out: r, g, b, roughness
 * @typedef {(point: Point, bones: number[], shares: number[]) => void} Binder
 */

/** Collects parts into one indexed geometry. */
class Parts {
  /** @type {number[]} */ positions = [];
  /** @type {number[]} */ normals = [];
  /** @type {number[]} */ paint = [];
  /** @type {number[]} */ bones = [];
  /** @type {number[]} */ shares = [];
  /** @type {number[]} */ indices = [];

  /**
   * @param {Surface} surface in its own space
   * @param {(x: number, y: number, z: number, out: number[]) => void} place to figure space; also turns
   *   normals (w = 0)
   * @param {Painter} painter
   * @param {Binder} binder
   * @param {boolean} [mirror] across x = 0, names already mirrored by the binder
   */
  add({ positions, normals, occlusion, indices }, place, painter, binder, mirror = false) {
    const base = this.positions.length / 3;
    const side = mirror ? -1 : 1;
    const [at, n, paint, bones, shares] = [
      [0, 0, 0],
      [0, 0, 0],
      [0, 0, 0, 0],
      [0, 0, 0, 0],
      [0, 0, 0, 0],
    ];
    for (let i = 0; i < occlusion.length; i++) {
      place(positions[3 * i], positions[3 * i + 1], positions[3 * i + 2], at);
      place(normals[3 * i], normals[3 * i + 1], normals[3 * i + 2], n);
      place(0, 0, 0, paint); // the origin, to make a direction of the placed normal
      const direction = [n[0] - paint[0], n[1] - paint[1], n[2] - paint[2]];
      const length = Math.sqrt(direction[0] ** 2 + direction[1] ** 2 + direction[2] ** 2) || 1;
      const point = {
        x: at[0],
        y: at[1],
        z: at[2],
        nx: direction[0] / length,
        ny: direction[1] / length,
        nz: direction[2] / length,
        occlusion: occlusion[i],
      };
      painter(point, paint);
      binder(point, bones, shares);
      this.positions.push(side * point.x, point.y, point.z);
      this.normals.push(side * point.nx, point.ny, point.nz);
      this.paint.push(...paint);
      this.bones.push(...bones);
      this.shares.push(...shares);
    }
    for (let i = 0; i < indices.length; i += 3) {
      const [a, b, c] = [base + indices[i], base + indices[i + 1], base + indices[i + 2]];
      if (mirror) this.indices.push(a, c, b);
      else this.indices.push(a, b, c);
    }
  }

  /**
   * A patch that moves with one bone.
   * @param {Patch} patch
   * @param {(x: number, y: number, z: number, out: number[]) => void} place
   */
  addPatch(patch, place) {
    const base = this.positions.length / 3;
    const at = [0, 0, 0];
    for (let i = 0; i < patch.roughness.length; i++) {
      place(patch.positions[3 * i], patch.positions[3 * i + 1], patch.positions[3 * i + 2], at);
      this.positions.push(at[0], at[1], at[2]);
      this.normals.push(patch.normals[3 * i], patch.normals[3 * i + 1], patch.normals[3 * i + 2]);
      this.paint.push(
        patch.colors[3 * i],
        patch.colors[3 * i + 1],
        patch.colors[3 * i + 2],
        patch.roughness[i],
      );
      this.bones.push(BONE_INDEX[patch.bone], 0, 0, 0);
      this.shares.push(1, 0, 0, 0);
    }
    for (const index of patch.indices) this.indices.push(base + index);
  }

  /** @returns {BodyArrays} */
  arrays() {
    return {
      position: new Float32Array(this.positions),
      normal: new Float32Array(this.normals),
      paint: new Float32Array(this.paint),
      skinIndex: new Uint16Array(this.bones),
      skinWeight: new Float32Array(this.shares),
      index: new Uint32Array(this.indices),
    };
  }
}

/**
 * @param {Look} look
 * @param {Detail} detail
 * @returns {Body}
 */
export function buildBody(look, detail) {
  const joints = restJoints(look.build);
  const model = { joints, look, s: look.build.height / BASE_HEIGHT };
  const parts = new Parts();
  addClothes(parts, model, detail);
  addHead(parts, model, detail);
  addHands(parts, model, detail);
  return { arrays: parts.arrays(), joints };
}

/** @param {number} x @param {number} y @param {number} z @param {number[]} out */
function stay(x, y, z, out) {
  out[0] = x;
  out[1] = y;
  out[2] = z;
}

/** @param {Parts} parts @param {Model} model @param {Detail} detail */
function addClothes(parts, model, { cloth }) {
  const { look, joints, s } = model;
  const { jacket, shirt } = look;
  const wide = planes(-0.7 * s, 0.7 * s, cloth);
  const deep = planes(-0.28 * s, 0.3 * s, cloth);
  const trim = (/** @type {Point} */ p) => trimShare(model, p.x, p.y, p.z);
  const bind = binder(segments(joints, "jacket"));
  const jacketSurface = polygonise(jacketField(model), {
    x: wide,
    y: planes((jacket.hem - 0.06) * s, 1.64 * s, cloth),
    z: deep,
  });
  parts.add(jacketSurface, stay, clothPainter(jacket.tone, jacket.trim, trim, model), bind);
  if (jacket.open || shirt.hood) {
    const surface = polygonise(shirtField(model), {
      x: planes(-0.2 * s, 0.2 * s, cloth * 0.8),
      y: planes(0.82 * s, 1.64 * s, cloth * 0.8),
      z: deep,
    });
    parts.add(
      surface,
      stay,
      clothPainter(shirt.tone, shirt.tone, () => 0, model),
      binder(segments(joints, "trunk")),
    );
  }
  const trousers = polygonise(trousersField(model), {
    x: planes(-0.34 * s, 0.34 * s, cloth),
    y: planes(0.0, 1.1 * s, cloth),
    z: planes(-0.2 * s, 0.22 * s, cloth),
  });
  parts.add(
    trousers,
    stay,
    clothPainter(look.trousers, look.trousers, () => 0, model),
    binder(segments(joints, "legs")),
  );
  addShoes(parts, model, cloth * 0.62);
}

/** @param {Parts} parts @param {Model} model @param {number} cell */
function addShoes(parts, model, cell) {
  const { look, joints, s } = model;
  const [ankle] = [joints.footR];
  const surface = polygonise(shoeField(model), {
    x: planes(ankle[0] - 0.075 * s, ankle[0] + 0.085 * s, cell),
    y: planes(-0.02, 0.15 * s, cell),
    z: planes(-0.23 * s, 0.13 * s, cell),
  });
  const painter = (/** @type {Point} */ p, /** @type {number[]} */ out) => {
    const sole = smoothstep(0.026 * s, 0.022 * s, p.y);
    const dark = mix(0.55, 1, p.occlusion) * (0.95 + 0.06 * noise(p.x * 60, p.y * 60, p.z * 60));
    for (let c = 0; c < 3; c++) out[c] = mix(look.shoes[c], 0.02, sole * 0.8) * dark;
    out[3] = mix(0.55, 0.85, sole);
  };
  for (const side of ["R", "L"]) {
    const [foot, toes, shin] = [
      BONE_INDEX[`foot${side}`],
      BONE_INDEX[`toes${side}`],
      BONE_INDEX[`shin${side}`],
    ];
    parts.add(
      surface,
      stay,
      painter,
      (p, bones, shares) => {
        const toe = smoothstep(-0.075 * s, -0.125 * s, p.z);
        const up = smoothstep(0.09 * s, 0.125 * s, p.y) * 0.6;
        set(bones, foot, toes, shin, 0);
        set(shares, (1 - toe) * (1 - up), toe * (1 - up), up, 0);
      },
      side === "L",
    );
  }
}

/** @param {Parts} parts @param {Model} model @param {Detail} detail */
function addHead(parts, model, { head: cell, hair: hairCell }) {
  const { look, joints, s } = model;
  const [, eyeY, eyeZ] = joints.eyeR;
  const place = (
    /** @type {number} */ x,
    /** @type {number} */ y,
    /** @type {number} */ z,
    /** @type {number[]} */ out,
  ) => {
    out[0] = x * s;
    out[1] = y * s + eyeY;
    out[2] = z * s + eyeZ;
  };
  const field = headField(look.face);
  const behind = (/** @type {number} */ z) => 1 + 1.4 * smoothstep(-0.005, 0.06, z);
  const below = (/** @type {number} */ y) =>
    1 + 0.9 * smoothstep(-0.115, -0.14, y) + 0.9 * smoothstep(0.03, 0.06, y);
  const surface = polygonise(field, {
    x: planes(-0.093, 0.093, cell),
    y: planes(-0.215, 0.135, cell, below),
    z: planes(-0.06, 0.2, cell, behind),
  });
  const bindHead = headBinder(model);
  parts.add(
    surface,
    place,
    (p, out) => paintSkin(look, p.x / s, (p.y - eyeY) / s, (p.z - eyeZ) / s, p.occlusion, out),
    bindHead,
  );
  const hair = polygonise(hairField(look.hairStyle), {
    x: planes(-0.13, 0.13, hairCell),
    y: planes(-0.15, 0.17, hairCell),
    z: planes(-0.13, 0.27, hairCell),
  });
  const cloth = isHeadwear(look.hairStyle);
  parts.add(
    hair,
    place,
    (p, out) => paintHair(look.hair, cloth, p.x / s, (p.y - eyeY) / s, (p.z - eyeZ) / s, p.occlusion, out),
    (p, bones, shares) => {
      set(bones, BONE_INDEX.head, 0, 0, 0);
      set(shares, 1, 0, 0, 0);
    },
  );
  for (const side of /** @type {const} */ ([1, -1])) {
    parts.addPatch(eyeball(side, look.iris), place);
    parts.addPatch(lid(side, true, look.skin), place);
    parts.addPatch(lid(side, false, look.skin), place);
    parts.addPatch(eyebrow(side, field, look.hair, look.face.brow), place);
  }
}

/** @param {Model} model @returns {Binder} */
function headBinder({ joints, s }) {
  const [, eyeY, eyeZ] = joints.eyeR;
  return (p, bones, shares) => {
    const x = p.x / s;
    const y = (p.y - eyeY) / s;
    const z = (p.z - eyeZ) / s;
    const side = x >= 0 ? 1 : -1;
    const corner = mouthShare(x, y, z, side);
    const brow = browShare(x, y, z, side);
    const own = Math.max(corner, brow);
    const jaw = jawShare(x, y, z) * (1 - own);
    const head = neckShare(y - (z - 0.06) * 0.35);
    const neck = smoothstep(-0.215, -0.165, y);
    set(
      bones,
      BONE_INDEX[(corner >= brow ? "mouth" : "brow") + (side > 0 ? "R" : "L")],
      BONE_INDEX.jaw,
      BONE_INDEX.head,
      BONE_INDEX.neck,
    );
    const rest = 1 - own - jaw;
    set(shares, own, jaw, rest * head, rest * (1 - head));
    if (neck < 1 && shares[0] < 0.01) {
      bones[0] = BONE_INDEX.chest;
      shares[0] = shares[3] * (1 - neck);
      shares[3] *= neck;
    }
  };
}

/** @param {Parts} parts @param {Model} model @param {Detail} detail */
function addHands(parts, model, { hand: cell }) {
  const { look, joints, s } = model;
  const wrist = joints.handR;
  const size = s * (0.94 + 0.06 * look.build.limb);
  const place = (
    /** @type {number} */ x,
    /** @type {number} */ y,
    /** @type {number} */ z,
    /** @type {number[]} */ out,
  ) => {
    out[0] = wrist[0] + size * (0.766 * x - 0.643 * y);
    out[1] = wrist[1] + size * (0.643 * x + 0.766 * y);
    out[2] = wrist[2] + size * z;
  };
  const surface = polygonise(handField, {
    x: planes(-0.065, 0.04, cell),
    y: planes(-0.195, 0.07, cell),
    z: planes(-0.085, 0.055, cell),
  });
  const painter = (/** @type {Point} */ p, /** @type {number[]} */ out) => {
    const dark = mix(0.5, 1, Math.sqrt(p.occlusion)) * (1 + 0.05 * noise(p.x * 90, p.y * 90, p.z * 90));
    out[0] = look.skin[0] * dark;
    out[1] = look.skin[1] * dark * 0.92;
    out[2] = look.skin[2] * dark * 0.9;
    out[3] = 0.55;
  };
  for (const side of ["R", "L"]) {
    const names = ["hand", "thumb", "index", "index2", "fingers", "fingers2"].map(
      (name) => BONE_INDEX[name + side],
    );
    const fore = BONE_INDEX[`fore${side}`];
    parts.add(
      surface,
      place,
      painter,
      (p, bones, shares) => {
        const dx = (p.x - wrist[0]) / size;
        const dy = (p.y - wrist[1]) / size;
        const local = handShares(0.766 * dx + 0.643 * dy, -0.643 * dx + 0.766 * dy, (p.z - wrist[2]) / size);
        const up = smoothstep(0.0, 0.04, -0.643 * dx + 0.766 * dy);
        const order = names
          .map((bone, i) => ({ bone, share: local[i] * (1 - up) }))
          .concat({ bone: fore, share: up });
        order.sort((a, b) => b.share - a.share);
        for (let i = 0; i < 4; i++) {
          bones[i] = order[i].bone;
          shares[i] = order[i].share;
        }
      },
      side === "L",
    );
  }
}

/**
 * @param {readonly number[]} tone
 * @param {readonly number[]} trimTone
 * @param {(p: Point) => number} trim
 * @param {Model} model
 * @returns {Painter}
 */
function clothPainter(tone, trimTone, trim, model) {
  return (p, out) => {
    const wet =
      0.5 * smoothstep(0.35, 0.95, p.ny) + 0.2 * smoothstep(0.2, 0.9, noise(p.x * 9, p.y * 9, p.z * 9));
    const worn =
      0.93 + 0.09 * noise(p.x * 26, p.y * 26, p.z * 26) + 0.05 * noise(p.x * 110, p.y * 110, p.z * 110);
    const dark = mix(0.34, 1, p.occlusion) * worn * (1 - 0.28 * wet);
    const share = trim(p);
    const badge = badgeShare(model, p.x, p.y, p.z);
    for (let c = 0; c < 3; c++) {
      const cloth = share < 0 ? mix(tone[c], 0.012, -share) : mix(tone[c], trimTone[c], share);
      out[c] = mix(cloth * dark, trimTone[c] * mix(0.7, 1, p.occlusion), badge);
    }
    out[3] = CLOTH + mix(0.88, 0.62, wet);
  };
}

/** @param {import("./weights.js").Segment[]} from @returns {Binder} */
function binder(from) {
  return (p, bones, shares) => follow(from, p.x, p.y, p.z, bones, shares);
}

/** @param {number[]} out @param {number} a @param {number} b @param {number} c @param {number} d */
function set(out, a, b, c, d) {
  out[0] = a;
  out[1] = b;
  out[2] = c;
  out[3] = d;
}
