import assert from "node:assert/strict";
import { test } from "node:test";
import { Ahead, conditionWords, standing } from "./ahead.js";

/**
 * @param {string} rule
 * @param {string[]} nodes
 * @param {Partial<import("../wire/messages.js").Way>} [more]
 */
const way = (rule, nodes, more = {}) => ({
  rule,
  to: nodes.map((node) => ({ node, weight: 1 / nodes.length })),
  label: `to ${nodes.join(" or ")}`,
  when: "agitation >= 78",
  held: false,
  holds: false,
  due_ms: null,
  ...more,
});

const REGIONS = {
  person: [way("person.wary.next[0]", ["shouting"]), way("person.wary.next[1]", ["talking", "wary"])],
  bystander: [way("bystander.near.next[0]", ["far"])],
};

test("every target of a rule is a branch of its own, in the order in which rules are tried", () => {
  const ahead = new Ahead();
  ahead.take(REGIONS);
  assert.deepEqual(
    ahead.branches.map(({ region, node }) => `${region} ${node}`),
    ["person shouting", "person talking", "person wary", "bystander far"],
  );
});

test("nothing is chosen until somebody chooses, and the choice goes round", () => {
  const ahead = new Ahead();
  ahead.move(1);
  assert.equal(ahead.chosen, null);
  ahead.take(REGIONS);
  assert.equal(ahead.chosen, null);
  ahead.move(-1);
  assert.equal(ahead.chosen?.node, "far");
  ahead.move(1);
  assert.equal(ahead.chosen?.node, "shouting");
});

test("the choice stays with its branch while others come and go, and ends with it", () => {
  const ahead = new Ahead();
  ahead.take(REGIONS);
  ahead.move(-1);
  ahead.take({ person: [way("person.talking.next[0]", ["sitting"])], bystander: REGIONS.bystander });
  assert.equal(ahead.chosen?.node, "far");
  ahead.take({ person: REGIONS.person });
  assert.equal(ahead.chosen, null);
  ahead.move(1);
  assert.equal(ahead.chosen?.node, "shouting");
});

test("a region's branches are worth their lines when one is chosen, held, or about to be taken", () => {
  const ahead = new Ahead();
  ahead.take(REGIONS);
  assert.equal(ahead.matters("bystander"), false);
  ahead.open("bystander");
  assert.equal(ahead.chosen?.node, "far");
  assert.equal(ahead.matters("bystander"), true);
  ahead.open("bystander");
  assert.equal(ahead.chosen, null);
  for (const more of [{ held: true }, { holds: true }]) {
    ahead.take({ bystander: [way("bystander.near.next[0]", ["far"], more)] });
    assert.equal(ahead.matters("bystander"), true);
  }
});

test("how a branch stands is one word", () => {
  assert.equal(standing(way("r", ["a"])), "waits");
  assert.equal(standing(way("r", ["a"], { holds: true })), "now");
  assert.equal(standing(way("r", ["a"], { holds: null })), "open");
  assert.equal(standing(way("r", ["a"], { holds: true, held: true })), "held");
});

test("a condition is told by the author's name for it and in words", () => {
  const [plain] = [way("r", ["a"])].map((one) => ({ region: "person", way: one, node: "a", weight: 1 }));
  assert.equal(conditionWords(plain), "agitation ≥ 78");
  assert.equal(conditionWords({ ...plain, way: { ...plain.way, label: "escalation" } }), "escalation: agitation ≥ 78");
  assert.equal(conditionWords({ ...plain, weight: 0.7 }), "70\u00a0% of agitation ≥ 78");
});
