/**
 * What people look like: build, face, hair and clothes. A look belongs to an actor's role and id, so the
 * same scenario always shows the same people; colours are linear RGB.
 */

import { rgb } from "../paint.js";

/**
 * @typedef {import("./bones.js").Build} Build
 * @typedef {import("./head.js").Face} Face
 * @typedef {import("./hair.js").HairStyle} HairStyle
 * @typedef {import("../paint.js").Rgb} Rgb
 * @typedef {{
 *   build: Build, face: Face, skin: Rgb, lip: Rgb, hair: Rgb, hairStyle: HairStyle, iris: Rgb, stubble:
 *   number, tired: number,
 *   jacket: {kind: "parka" | "raincoat" | "uniform" | "softshell", tone: Rgb, trim: Rgb, open: boolean,
 *   hem: number},
 *   shirt: {tone: Rgb, hood: boolean}, trousers: Rgb, shoes: Rgb}} Look
 */

/** @type {Record<string, Look>} */
export const LOOKS = {
  /** The person in crisis: a man around thirty-five, not slept, an old parka over a hooded sweater. */
  person: {
    build: { height: 1.79, shoulder: 1.0, hip: 0.98, chest: 1.0, waist: 0.98, limb: 1.0 },
    face: { jaw: 1.0, chin: 1.0, nose: 1.03, brow: 1.05, cheek: 1.0, lips: 0.95, age: 0.7 },
    skin: rgb(0xd9a98a),
    lip: rgb(0xb07568),
    hair: rgb(0x2e221b),
    hairStyle: "messy",
    iris: rgb(0x5b6f63),
    stubble: 0.72,
    tired: 1.1,
    jacket: { kind: "parka", tone: rgb(0x555a41), trim: rgb(0x3b3f2e), open: true, hem: 0.79 },
    shirt: { tone: rgb(0x83868a), hood: true },
    trousers: rgb(0x303b4f),
    shoes: rgb(0x5a4332),
  },
  /** A passer-by in a yellow raincoat. */
  bystander: {
    build: { height: 1.69, shoulder: 0.9, hip: 1.06, chest: 0.92, waist: 0.88, limb: 0.9 },
    face: { jaw: 0.9, chin: 0.88, nose: 0.9, brow: 0.85, cheek: 1.06, lips: 1.15, age: 0.2 },
    skin: rgb(0x8d5b41),
    lip: rgb(0x83443f),
    hair: rgb(0x17110f),
    hairStyle: "tied",
    iris: rgb(0x3a2417),
    stubble: 0,
    tired: 0.15,
    jacket: { kind: "raincoat", tone: rgb(0xb98a2f), trim: rgb(0x8a6521), open: false, hem: 0.66 },
    shirt: { tone: rgb(0x35373c), hood: false },
    trousers: rgb(0x2b2d33),
    shoes: rgb(0xb9b4ab),
  },
  /** Someone from a mobile crisis team: plain clothes, nothing of a uniform. */
  co_responder: {
    build: { height: 1.7, shoulder: 0.92, hip: 1.04, chest: 0.94, waist: 0.92, limb: 0.94 },
    face: { jaw: 0.92, chin: 0.9, nose: 0.94, brow: 0.88, cheek: 1.02, lips: 1.05, age: 0.55 },
    skin: rgb(0xe0b498),
    lip: rgb(0xb5796f),
    hair: rgb(0x6e4a2e),
    hairStyle: "bob",
    iris: rgb(0x4f6a82),
    stubble: 0,
    tired: 0.3,
    jacket: { kind: "softshell", tone: rgb(0x7a3f3a), trim: rgb(0x5e2f2c), open: true, hem: 0.86 },
    shirt: { tone: rgb(0xb9b3a5), hood: false },
    trousers: rgb(0x3a3833),
    shoes: rgb(0x4b3a30),
  },
  /** A second officer. */
  officer: {
    build: { height: 1.8, shoulder: 1.04, hip: 0.98, chest: 1.05, waist: 1.02, limb: 1.04 },
    face: { jaw: 1.05, chin: 1.05, nose: 1.0, brow: 1.05, cheek: 0.98, lips: 0.95, age: 0.45 },
    skin: rgb(0xc68d6a),
    lip: rgb(0x9d6153),
    hair: rgb(0x1d1815),
    hairStyle: "crop",
    iris: rgb(0x3d2b1d),
    stubble: 0.16,
    tired: 0.2,
    jacket: { kind: "uniform", tone: rgb(0x1f2a3d), trim: rgb(0xc8cdbf), open: false, hem: 0.87 },
    shirt: { tone: rgb(0x9fb0c6), hood: false },
    trousers: rgb(0x1d2433),
    shoes: rgb(0x14130f),
  },
  /** The trainee as others see them. */
  trainee: {
    build: { height: 1.76, shoulder: 0.99, hip: 1.0, chest: 1.0, waist: 1.0, limb: 1.0 },
    face: { jaw: 0.98, chin: 0.98, nose: 0.97, brow: 0.98, cheek: 1.0, lips: 1.0, age: 0.35 },
    skin: rgb(0xd4a384),
    lip: rgb(0xa96c61),
    hair: rgb(0x4a3524),
    hairStyle: "short",
    iris: rgb(0x55646c),
    stubble: 0.1,
    tired: 0.2,
    jacket: { kind: "uniform", tone: rgb(0x22304a), trim: rgb(0xcbd0c3), open: false, hem: 0.87 },
    shirt: { tone: rgb(0xa9bad0), hood: false },
    trousers: rgb(0x1f2738),
    shoes: rgb(0x161410),
  },
};

/** Words of an actor's role or id, and whom they look like. The first that fits decides. */
const WORDS = /** @type {readonly (readonly [RegExp, string])[]} */ ([
  [/person|subject|crisis$/, "person"],
  [/bystander|passer|filming|onlooker|witness/, "bystander"],
  [/co.?responder|counsel|clinician|crisis.?team|nurse|medic|social/, "co_responder"],
  [/officer|backup|police|partner|deputy/, "officer"],
  [/trainee/, "trainee"],
]);

/**
 * The look the scenario names, where we have it; else the one that role and id suggest.
 * @param {string} id
 * @param {string} role
 * @param {string | null} [named]
 * @returns {Look}
 */
export function lookOf(id, role, named) {
  if (named && Object.hasOwn(LOOKS, named)) return LOOKS[named];
  for (const text of [role.toLowerCase(), id.toLowerCase()]) {
    const word = WORDS.find(([pattern]) => pattern.test(text));
    if (word) return LOOKS[word[1]];
  }
  return LOOKS.bystander;
}
