import assert from "node:assert/strict";
import { test } from "node:test";
import { capital, clock, duration, number, quantity, signed, words } from "./format.js";

test("times are whole seconds that have passed, never negative", () => {
  assert.equal(clock(134.99), "02:14");
  assert.equal(clock(-3), "00:00");
  assert.equal(clock(3725), "1:02:05");
});

test("lengths of time leave out what is zero", () => {
  assert.equal(duration(42.4), "42\u00a0s");
  assert.equal(duration(252), "4\u00a0min 12\u00a0s");
  assert.equal(duration(240), "4\u00a0min");
  assert.equal(duration(3600), "1\u00a0h");
});

test("a rounded zero has no sign", () => {
  assert.equal(number(-0.04), "0.0");
  assert.equal(signed(-0.04), "0.0");
  assert.equal(signed(6, 0), "+6");
  assert.equal(signed(-0.3), "\u22120.3");
});

test("shares are shown as per cent, pure numbers without a unit", () => {
  assert.equal(quantity(0.862, "share"), "86\u00a0%");
  assert.equal(quantity(1.6, ""), "1.6");
  assert.equal(quantity(1.12, "m", 1), "1.1\u00a0m");
});

test("identifiers read as words", () => {
  assert.equal(capital(words("voluntary_transport")), "Voluntary transport");
  assert.equal(capital(words("cit_officer")), "CIT officer");
  assert.equal(capital(words("co_responder")), "Co-responder");
  assert.equal(capital(""), "");
});
