import assert from "node:assert/strict";
import { test } from "node:test";

import { decodeFrame, writeFrameHeader } from "./frames.js";
import { RowBuffer } from "./rows.js";

/** The next block that the buffer would send, decoded. @param {RowBuffer} rows @param {number} [room] */
function take(rows, room = 65_520) {
  const view = new DataView(new ArrayBuffer(65_536));
  const bytes = rows.writeBlock(view, 16, room, 1);
  if (bytes === 0) return null;
  writeFrameHeader(view, 1, 16 + bytes, 0);
  const [block] = decodeFrame(view.buffer.slice(0, 16 + bytes)).blocks;
  return { first: block.firstSeq, ms: [...block.clientMs], values: [...block.values] };
}

/** @param {RowBuffer} rows @param {number} from @param {number} to */
function fill(rows, from, to) {
  for (let i = from; i < to; i++) rows.push(i * 10, [i, -i]);
}

test("rows leave once, in order, with their numbers", () => {
  const rows = new RowBuffer(2, 16);
  fill(rows, 0, 3);
  assert.deepEqual(take(rows), { first: 0, ms: [0, 10, 20], values: [0, -0, 1, -1, 2, -2] });
  assert.equal(take(rows), null);
  fill(rows, 3, 4);
  assert.deepEqual(take(rows), { first: 3, ms: [30], values: [3, -3] });
});

test("a block takes only the rows that fit", () => {
  const rows = new RowBuffer(2, 16);
  fill(rows, 0, 5);
  assert.equal(take(rows, 24 + 12 * 2 + 11)?.ms.length, 2);
  assert.equal(take(rows, 24 + 11), null);
  assert.equal(take(rows)?.first, 2);
});

test("a long pause starts a new block, so that times stay exact", () => {
  const rows = new RowBuffer(1, 16);
  rows.push(0, [1]);
  rows.push(500_000.125, [2]);
  assert.deepEqual(take(rows)?.ms, [0]);
  assert.deepEqual(take(rows)?.ms, [500_000.125]);
});

test("after a reconnect the rows go again from where the server is", () => {
  const rows = new RowBuffer(2, 8);
  fill(rows, 0, 6);
  take(rows);
  rows.ack(2);
  rows.resume(4); // the server had stored more than it could tell us
  assert.deepEqual(take(rows)?.ms, [40, 50]);
});

test("a full ring refuses new rows and never breaks the sequence", () => {
  const rows = new RowBuffer(2, 4);
  fill(rows, 0, 7);
  assert.equal(rows.refused, 3);
  assert.deepEqual(take(rows)?.ms, [0, 10, 20, 30]);
  rows.ack(4);
  assert.equal(rows.push(90, [9, 9]), true);
  assert.deepEqual(take(rows), { first: 4, ms: [90], values: [9, 9] });
});

test("a server with another history gets what is held under its own numbers", () => {
  for (const expected of [0, 3, 1000]) {
    const rows = new RowBuffer(2, 8);
    fill(rows, 0, 7);
    rows.ack(5);
    rows.resume(expected);
    assert.deepEqual(take(rows), { first: expected, ms: [50, 60], values: [5, -5, 6, -6] });
    assert.equal(rows.next, expected + 2);
  }
});

test("any order of pushes, sends, acks and reconnects keeps the rows contiguous", () => {
  let seed = 7; // a small LCG: the same thousand cases on every run
  const random = (/** @type {number} */ n) => (seed = (seed * 1103515245 + 12345) % 2 ** 31) % n;
  for (let round = 0; round < 200; round++) {
    const rows = new RowBuffer(1, 1 + random(12));
    /** @type {number[]} */ const stored = [];
    /** @type {number[]} */ const kept = [];
    for (let step = 0; step < 60; step++) {
      const action = random(4);
      const value = step; // times must not decrease
      if (action === 0 && rows.push(value, [value])) kept.push(value);
      if (action === 1) {
        const block = take(rows, 24 + 8 * (1 + random(4)));
        if (block) {
          assert.ok(block.first <= stored.length, "a gap");
          stored.splice(block.first, Infinity, ...block.ms);
        }
      }
      if (action === 2) rows.ack(random(stored.length + 1));
      if (action === 3) rows.resume(rows.acked + random(stored.length - rows.acked + 1));
    }
    while (take(rows) !== null);
    assert.deepEqual(stored, kept.slice(0, stored.length));
  }
});

test("a row that cannot be stored is the caller's fault", () => {
  const rows = new RowBuffer(2, 4);
  assert.throws(() => rows.push(1, [1]), /1 values for 2 columns/);
  assert.throws(() => rows.push(1, [1, NaN]), /finite/);
  rows.push(5, [0, 0]);
  assert.throws(() => rows.push(4, [0, 0]), /before the previous/);
  assert.equal(rows.next, 1);
});
