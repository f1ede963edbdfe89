import assert from "node:assert/strict";
import { test } from "node:test";
import { awayAfter, awayWords } from "./away.js";

const WORN = { worn: 1, visible: 1 };
const OFF = { worn: 0, visible: 0 };
const NBSP = "\u00a0";

test("a headset that is taken off is told with how long ago, until it is worn again", () => {
  let away = awayAfter(null, WORN, 100);
  assert.equal(away, null);
  away = awayAfter(away, OFF, 101);
  away = awayAfter(away, OFF, 113);
  assert.ok(away);
  assert.equal(awayWords(away, 113), `Headset taken off 12${NBSP}s ago`);
  assert.equal(awayAfter(away, WORN, 114), null);
});

test("a hidden page and the headset's menu are something else, and each has its own time", () => {
  const hidden = awayAfter(null, { worn: -1, visible: 0 }, 10);
  assert.ok(hidden);
  assert.equal(awayWords(hidden, 75), `Trainee’s page hidden for 1${NBSP}min 5${NBSP}s`);
  const menu = awayAfter(null, { worn: 1, visible: 0.5 }, 20);
  assert.ok(menu);
  assert.equal(awayWords(menu, 24), `Headset’s own menu open for 4${NBSP}s`);
  assert.deepEqual(awayAfter(menu, OFF, 30), { kind: "off", since: 30 });
});

test("where nobody says, nothing is claimed", () => {
  assert.equal(awayAfter(null, null, 1), null);
  assert.equal(awayAfter({ kind: "off", since: 0 }, undefined, 1), null);
  assert.equal(awayAfter(null, { worn: -1, visible: 1 }, 1), null);
});
