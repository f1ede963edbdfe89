/** What the things and places of a scenario are, by the words their author gave them. Pure. */

/**
 * @typedef {import("../../wire/messages.js").CoverBox} CoverBox
 * @typedef {"railing" | "parapet" | "counter" | "shelf" | "fridge" | "table" | "seat" | "sofa" | "bed" | "cupboard" |
 *   "checkout" | "car" | "planter" | "post" | "barrier" | "window" | "door" | "wall" | "crate" | "block"} Kind
 * @typedef {"kitchen" | "shop" | "bridge" | "indoors" | "outdoors"} Character
 */

/** The first pattern that fits decides; what hides in longer words (a `worktop` is no `table top`) comes first. */
const KINDS = /** @type {readonly (readonly [RegExp, Kind])[]} */ ([
  [/parapet|balustrade/, "parapet"],
  [/railing|banister|guard ?rail|fence|handrail/, "railing"],
  [/barrier|roadwork|cone/, "barrier"],
  [/checkout|machine|kiosk/, "checkout"],
  [/worktop|counter|\btill\b|stove|\bsink\b|reception|\bdesk\b/, "counter"],
  [/fridge|freezer|refrigerator/, "fridge"],
  [/window|glass/, "window"],
  [/wall|partition|shelter/, "wall"],
  [/shelf|shelves|rack|aisle|display/, "shelf"],
  [/cupboard|wardrobe|cabinet|locker|dresser/, "cupboard"],
  [/sofa|couch|settee|armchair/, "sofa"],
  [/\bbed\b|mattress|stretcher/, "bed"],
  [/table/, "table"],
  [/bench|chair|seat|stool/, "seat"],
  [/\bcar\b|\bvan\b|ambulance|truck|vehicle|_car\b/, "car"],
  [/planter|hedge|bush|flower|tree/, "planter"],
  [/lamp|post|pillar|column|bollard|\bpole\b/, "post"],
  [/door|gate/, "door"],
  [/crate|pallet|box|bin|container/, "crate"],
]);

/** Words of a setting that has a roof. */
const INDOORS =
  /room|kitchen|shop|store|market|flat|apartment|house|home|office|ward|clinic|hospital|station_hall|hall|corridor|lobby|school|class|cell|bar|cafe|garage|stair/;

/**
 * What a cover box is.
 * @param {{id: string, label: string}} box
 * @returns {Kind}
 */
export function kindOfThing({ id, label }) {
  // The label is written for people and says more; the id decides where it says nothing.
  for (const words of [label, id.replaceAll("_", " ")]) {
    const found = KINDS.find(([pattern]) => pattern.test(words.toLowerCase()));
    if (found) return found[1];
  }
  return "block";
}

/**
 * How a setting looks; settings we do not know go by whether they have a roof.
 * @param {string} setting
 * @returns {Character}
 */
export function characterOf(setting) {
  const words = setting.toLowerCase();
  if (words === "kitchen" || words === "shop" || words === "bridge") return words;
  return INDOORS.test(words) ? "indoors" : "outdoors";
}
