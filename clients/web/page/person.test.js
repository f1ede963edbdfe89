import assert from "node:assert/strict";
import { test } from "node:test";
import { personOf, requiredDistance } from "./person.js";

const actors = { dispatcher: { name: "Dispatch", role: "voice" }, daniel: { name: "Daniel", role: "the person" } };

test("the person is whom the scenario names, else whom the distance is measured to", () => {
  assert.equal(personOf(/** @type {any} */ ({ actors, person: "daniel" })), "daniel");
  assert.equal(personOf(/** @type {any} */ ({ actors }), { daniel: 3 }), "daniel");
  assert.equal(personOf(/** @type {any} */ ({ actors })), "dispatcher");
});

test("the distance to keep follows the present nodes, and is unknown where nobody declared it", () => {
  const scenario = /** @type {any} */ ({
    threats: { daniel: { pacing: "agitated", sitting: "calm" } },
    distance: { calm: 1.2, agitated: 2 },
  });
  assert.equal(requiredDistance(scenario, { daniel: "pacing", backup: "staged" }), 2);
  assert.equal(requiredDistance(scenario, { daniel: "sitting" }), 1.2);
  assert.equal(requiredDistance(scenario, { daniel: "elsewhere" }), null);
  assert.equal(requiredDistance(/** @type {any} */ ({}), { daniel: "sitting" }), null);
});
