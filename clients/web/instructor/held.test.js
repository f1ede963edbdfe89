import assert from "node:assert/strict";
import { test } from "node:test";
import { HeldFlags } from "./held.js";

test("flags pressed during an outage keep their moment and leave once, oldest first", () => {
  const held = new HeldFlags();
  held.hold(134);
  held.hold(140, "hands up");
  assert.deepEqual(held.release(), [
    "At 02:14, while the connection was lost",
    "At 02:20, while the connection was lost: hands up",
  ]);
  assert.deepEqual(held.release(), []);
});

test("leaning on the key does not fill the memory", () => {
  const held = new HeldFlags();
  const kept = Array.from({ length: 80 }, (_, i) => held.hold(i)).filter(Boolean);
  assert.equal(kept.length, 50);
});
