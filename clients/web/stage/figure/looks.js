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
  man_fifties: {
    build: { height: 1.75, shoulder: 1.02, hip: 1.02, chest: 1.06, waist: 1.12, limb: 1.0 },
    face: { jaw: 1.04, chin: 1.0, nose: 1.08, brow: 1.06, cheek: 0.96, lips: 0.9, age: 0.95 },
    skin: rgb(0xcf9f82),
    lip: rgb(0x9d6a5e),
    hair: rgb(0x6f6a65),
    hairStyle: "short",
    iris: rgb(0x5d6a72),
    stubble: 0.5,
    tired: 0.9,
    jacket: { kind: "softshell", tone: rgb(0x5b4a3d), trim: rgb(0x46392f), open: true, hem: 0.85 },
    shirt: { tone: rgb(0x8f9aa3), hood: false },
    trousers: rgb(0x3b3a38),
    shoes: rgb(0x4a3d33),
  },
  young_man: {
    build: { height: 1.76, shoulder: 0.95, hip: 0.95, chest: 0.92, waist: 0.9, limb: 0.94 },
    face: { jaw: 0.95, chin: 0.94, nose: 0.97, brow: 0.95, cheek: 1.0, lips: 1.05, age: 0.1 },
    skin: rgb(0xd8a98c),
    lip: rgb(0xb3786b),
    hair: rgb(0x43301f),
    hairStyle: "messy",
    iris: rgb(0x52614b),
    stubble: 0.1,
    tired: 0.3,
    jacket: { kind: "softshell", tone: rgb(0x3d5263), trim: rgb(0x2c3d4b), open: true, hem: 0.86 },
    shirt: { tone: rgb(0x9a9fa3), hood: true },
    trousers: rgb(0x2f3846),
    shoes: rgb(0x6d6f72),
  },
  young_man_dark: {
    build: { height: 1.78, shoulder: 0.97, hip: 0.95, chest: 0.94, waist: 0.9, limb: 0.95 },
    face: { jaw: 0.97, chin: 0.96, nose: 1.02, brow: 0.97, cheek: 1.02, lips: 1.15, age: 0.1 },
    skin: rgb(0x6f4632),
    lip: rgb(0x6a3f38),
    hair: rgb(0x14100e),
    hairStyle: "crop",
    iris: rgb(0x2d1d13),
    stubble: 0.08,
    tired: 0.3,
    jacket: { kind: "softshell", tone: rgb(0x4b5a45), trim: rgb(0x394634), open: true, hem: 0.86 },
    shirt: { tone: rgb(0xa7a296), hood: true },
    trousers: rgb(0x2c2f36),
    shoes: rgb(0x77746e),
  },
  young_man_asian: {
    build: { height: 1.73, shoulder: 0.95, hip: 0.95, chest: 0.92, waist: 0.9, limb: 0.93 },
    face: { jaw: 0.97, chin: 0.93, nose: 0.93, brow: 0.93, cheek: 1.06, lips: 1.02, age: 0.1 },
    skin: rgb(0xd9b08a),
    lip: rgb(0xb07a69),
    hair: rgb(0x15120f),
    hairStyle: "short",
    iris: rgb(0x2f2118),
    stubble: 0.03,
    tired: 0.3,
    jacket: { kind: "softshell", tone: rgb(0x57475c), trim: rgb(0x433648), open: true, hem: 0.86 },
    shirt: { tone: rgb(0x9c9a94), hood: true },
    trousers: rgb(0x30353d),
    shoes: rgb(0x6a6a6a),
  },
  woman_thirties: {
    build: { height: 1.67, shoulder: 0.9, hip: 1.05, chest: 0.92, waist: 0.88, limb: 0.9 },
    face: { jaw: 0.9, chin: 0.9, nose: 0.93, brow: 0.86, cheek: 1.04, lips: 1.08, age: 0.35 },
    skin: rgb(0xdcae91),
    lip: rgb(0xb67a70),
    hair: rgb(0x51361f),
    hairStyle: "tied",
    iris: rgb(0x586b52),
    stubble: 0,
    tired: 0.6,
    jacket: { kind: "softshell", tone: rgb(0x4c5a5c), trim: rgb(0x3a4748), open: true, hem: 0.84 },
    shirt: { tone: rgb(0xb3a795), hood: false },
    trousers: rgb(0x343b47),
    shoes: rgb(0x4f4640),
  },
  woman_fifties: {
    build: { height: 1.65, shoulder: 0.92, hip: 1.08, chest: 0.96, waist: 0.98, limb: 0.93 },
    face: { jaw: 0.93, chin: 0.92, nose: 0.98, brow: 0.88, cheek: 1.0, lips: 0.96, age: 0.85 },
    skin: rgb(0xd8ab90),
    lip: rgb(0xab746a),
    hair: rgb(0x77695c),
    hairStyle: "bob",
    iris: rgb(0x566877),
    stubble: 0,
    tired: 0.9,
    jacket: { kind: "raincoat", tone: rgb(0x3f4d5e), trim: rgb(0x303c4a), open: false, hem: 0.66 },
    shirt: { tone: rgb(0x8e857a), hood: false },
    trousers: rgb(0x2d2f36),
    shoes: rgb(0x40362f),
  },
  elderly_woman: {
    build: { height: 1.58, shoulder: 0.9, hip: 1.08, chest: 0.98, waist: 1.02, limb: 0.92 },
    face: { jaw: 0.92, chin: 0.94, nose: 1.04, brow: 0.9, cheek: 0.92, lips: 0.85, age: 1.0 },
    skin: rgb(0xd9b29a),
    lip: rgb(0xa5756b),
    hair: rgb(0xb5b0a8),
    hairStyle: "bob",
    iris: rgb(0x667680),
    stubble: 0,
    tired: 0.6,
    jacket: { kind: "raincoat", tone: rgb(0x6b5560), trim: rgb(0x54434c), open: false, hem: 0.64 },
    shirt: { tone: rgb(0xa69c90), hood: false },
    trousers: rgb(0x3c3a3d),
    shoes: rgb(0x4c4038),
  },
  shop_assistant: {
    build: { height: 1.66, shoulder: 0.9, hip: 1.03, chest: 0.93, waist: 0.9, limb: 0.91 },
    face: { jaw: 0.91, chin: 0.9, nose: 0.92, brow: 0.87, cheek: 1.05, lips: 1.08, age: 0.2 },
    skin: rgb(0xb98560),
    lip: rgb(0x96614f),
    hair: rgb(0x1f1712),
    hairStyle: "tied",
    iris: rgb(0x3a2417),
    stubble: 0,
    tired: 0.3,
    jacket: { kind: "softshell", tone: rgb(0x2f6a5c), trim: rgb(0x24534a), open: false, hem: 0.84 },
    shirt: { tone: rgb(0xd6d3ca), hood: false },
    trousers: rgb(0x26282c),
    shoes: rgb(0x2b2826),
  },
  caregiver: {
    build: { height: 1.64, shoulder: 0.91, hip: 1.08, chest: 0.97, waist: 0.98, limb: 0.93 },
    face: { jaw: 0.92, chin: 0.92, nose: 0.96, brow: 0.88, cheek: 1.02, lips: 1.02, age: 0.65 },
    skin: rgb(0xd5a688),
    lip: rgb(0xab7468),
    hair: rgb(0x5a4332),
    hairStyle: "bob",
    iris: rgb(0x55604a),
    stubble: 0,
    tired: 0.6,
    jacket: { kind: "parka", tone: rgb(0x5d6470), trim: rgb(0x474d57), open: true, hem: 0.78 },
    shirt: { tone: rgb(0xb7a48e), hood: false },
    trousers: rgb(0x36404f),
    shoes: rgb(0x554b43),
  },
  paramedic: {
    build: { height: 1.78, shoulder: 1.0, hip: 0.98, chest: 1.0, waist: 0.97, limb: 1.0 },
    face: { jaw: 1.0, chin: 0.98, nose: 0.99, brow: 0.98, cheek: 1.0, lips: 1.0, age: 0.35 },
    skin: rgb(0xc99777),
    lip: rgb(0xa06a5d),
    hair: rgb(0x3a2a1e),
    hairStyle: "crop",
    iris: rgb(0x4a5a62),
    stubble: 0.25,
    tired: 0.3,
    jacket: { kind: "softshell", tone: rgb(0x2f5a3a), trim: rgb(0xc9c83f), open: false, hem: 0.84 },
    shirt: { tone: rgb(0x2c4733), hood: false },
    trousers: rgb(0x27382d),
    shoes: rgb(0x17171a),
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

/** Words for looks that are called after what somebody is there for. @type {Record<string, keyof typeof LOOKS>} */
const ALSO = {
  man_thirties: "person",
  counsellor: "co_responder",
  cit_officer: "officer",
};

/** Words of an actor's role or id, and whom they look like. The first that fits decides. */
const WORDS = /** @type {readonly (readonly [RegExp, string])[]} */ ([
  [/person|subject|crisis$/, "person"],
  [/bystander|passer|filming|onlooker|witness/, "bystander"],
  [/medic|ambulance|ems/, "paramedic"],
  [/co.?responder|counsel|clinician|crisis.?team|nurse|social/, "co_responder"],
  [/assistant|cashier|clerk/, "shop_assistant"],
  [/caregiver|mother|carer|support worker/, "caregiver"],
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
  const known = named && Object.hasOwn(ALSO, named) ? ALSO[named] : named;
  if (known && Object.hasOwn(LOOKS, known)) return LOOKS[known];
  for (const text of [role.toLowerCase(), id.toLowerCase()]) {
    const word = WORDS.find(([pattern]) => pattern.test(text));
    if (word) return LOOKS[word[1]];
  }
  return LOOKS.bystander;
}
