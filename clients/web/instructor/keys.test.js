import assert from "node:assert/strict";
import { test } from "node:test";
import { COMMANDS, bindings, meaning } from "./keys.js";

const press = (/** @type {string} */ key, more = {}) => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  ...more,
});

test("the author's keys are kept where they are free", () => {
  const table = bindings({
    injects: { siren: { key: "1", text: "Siren" } },
    said: { order: { key: "Q", text: "Order" } },
  });
  assert.equal(meaning(table, press("1"))?.id, "siren");
  assert.equal(meaning(table, press("q"))?.id, "order");
});

test("no key ever means two things, and nothing is left without a key while keys are free", () => {
  const same = (/** @type {string[]} */ ids) => Object.fromEntries(ids.map((id) => [id, { key: "f", text: id }]));
  const table = bindings({ injects: same(["a", "b", "c"]), said: same(["d", "e", "g", "h", "i", "j"]) });
  const keys = table.map(({ key }) => key);
  assert.equal(new Set(keys).size, keys.length);
  assert.ok(keys.every((key) => key !== ""));
  assert.equal(meaning(table, press("f"))?.id, "flag");
});

test("every key an author may choose is theirs, but for six", () => {
  const own = COMMANDS.map(({ key }) => key).filter((key) => /^[a-z0-9]$/.test(key));
  assert.deepEqual(own.toString(), "f,n,v,l,m,x");
});

test("the same scenario always gets the same keys", () => {
  const scenario = { injects: { a: { key: "x", text: "" }, b: { key: "x", text: "" } }, said: {} };
  assert.deepEqual(bindings(scenario), bindings(scenario));
});

test("browser shortcuts and held keys do nothing here", () => {
  assert.equal(meaning(COMMANDS, press("f", { ctrlKey: true })), null);
  assert.equal(meaning(COMMANDS, press("f", { repeat: true })), null);
  assert.equal(meaning(COMMANDS, press("F"))?.id, "flag");
});

test("a scenario with more names than keys still works by mouse", () => {
  const many = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`i${i}`, { key: "", text: `${i}` }]));
  const table = bindings({ injects: many });
  assert.equal(table.length, COMMANDS.length + 60);
  assert.ok(table.some(({ key }) => key === ""));
  assert.equal(meaning(table, press("")), null);
});
