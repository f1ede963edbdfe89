import assert from "node:assert/strict";
import { test } from "node:test";
import { characterOf, kindOfThing } from "./kinds.js";

const KNOWN = /** @type {const} */ ([
  ["worktop", "kitchen worktop with sink and stove", "counter"],
  ["table", "kitchen table", "table"],
  ["kitchen_wall_left", "wall beside the kitchen door", "wall"],
  ["banister", "banister of the stairs", "railing"],
  ["parapet", "stone parapet", "parapet"],
  ["site_barrier", "site barrier across the walkway", "barrier"],
  ["lamp", "lamp post", "post"],
  ["police_car", "police car", "car"],
  ["shelf_middle", "shelf with lamps", "shelf"],
  ["till", "shop counter with till", "counter"],
  ["self_checkout", "self-checkout machines", "checkout"],
  ["front_left", "shop window", "window"],
  ["hall_cupboard", "hall cupboard", "cupboard"],
  ["sofa", "sofa in the staff room", "sofa"],
  ["police_car", "somebody's vehicle", "car"],
  ["x1", "something", "block"],
]);

for (const [id, label, kind] of KNOWN)
  test(`${id}, "${label}", is drawn as ${kind}`, () => assert.equal(kindOfThing({ id, label }), kind));

test("a setting nobody knows goes by whether it has a roof", () => {
  assert.equal(characterOf("bridge"), "bridge");
  assert.equal(characterOf("waiting_room"), "indoors");
  assert.equal(characterOf("yard"), "outdoors");
});
