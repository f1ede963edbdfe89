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
  const { blocks, gaps } = decodeFrame(view.buffer.slice(0, 16 + bytes));
  if (gaps.length > 0) {
    const { firstSeq, rows: lost, firstMs, lastMs } = gaps[0];
    return { first: firstSeq, lost, from: firstMs, to: lastMs };
  }
  const [block] = blocks;
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

test("a full ring gives up its oldest rows, and says so", () => {
  const rows = new RowBuffer(2, 4);
  fill(rows, 0, 7);
  assert.equal(rows.lost, 3);
  assert.deepEqual(take(rows), { first: 0, lost: 3, from: 0, to: 20 });
  assert.deepEqual(take(rows)?.ms, [30, 40, 50, 60]);
  assert.equal(take(rows), null);
  rows.ack(7);
  fill(rows, 7, 9);
  assert.deepEqual(take(rows)?.ms, [70, 80]);
});

test("what is acknowledged is never given up", () => {
  const rows = new RowBuffer(2, 4);
  fill(rows, 0, 4);
  take(rows);
  rows.ack(3);
  fill(rows, 4, 7);
  assert.equal(rows.lost, 0);
  fill(rows, 7, 8);
  assert.equal(rows.lost, 1);
  rows.resume(3);
  assert.deepEqual(take(rows), { first: 3, lost: 1, from: 30, to: 30 });
});

test("a gap of which the server has the first rows after all is told from there on", () => {
  const rows = new RowBuffer(2, 4);
  fill(rows, 0, 4);
  take(rows); // on its way when the connection is lost
  fill(rows, 4, 13); // 0 to 8 are given up
  rows.resume(2);
  assert.deepEqual(take(rows), { first: 2, lost: 7, from: 20, to: 80 });
  rows.resume(9);
  assert.deepEqual(take(rows)?.ms, [90, 100, 110, 120]);
});

test("a gap grows while it waits, and a second one follows the rows between", () => {
  const rows = new RowBuffer(2, 4);
  fill(rows, 0, 5);
  assert.deepEqual(take(rows), { first: 0, lost: 1, from: 0, to: 0 });
  fill(rows, 5, 7);
  assert.deepEqual(take(rows), { first: 1, lost: 2, from: 10, to: 20 });
  rows.rewind();
  assert.deepEqual(take(rows), { first: 0, lost: 3, from: 0, to: 20 });
  rows.ack(4); // and row 3
  fill(rows, 7, 10);
  assert.deepEqual(take(rows), { first: 4, lost: 2, from: 40, to: 50 });
  assert.deepEqual(take(rows)?.ms, [60, 70, 80, 90]);
});

test("a gap too long for one block takes several", () => {
  const rows = new RowBuffer(1, 2);
  for (let i = 0; i < 70_002; i++) rows.push(i, [0]);
  const [first, second] = [take(rows), take(rows)];
  assert.deepEqual(first, { first: 0, lost: 65_535, from: 0, to: 65_534 });
  assert.deepEqual(second, { first: 65_535, lost: 4_465, from: 65_535, to: 69_999 });
  assert.equal(take(rows)?.first, 70_000);
});

test("a gap longer than a day is told as a day: the server would refuse more, for ever", () => {
  const rows = new RowBuffer(1, 1);
  for (const ms of [0, 200e6, 300e6]) rows.push(ms, [0]);
  assert.deepEqual(take(rows), { first: 0, lost: 2, from: 0, to: 86_400_000 });
});

test("neither rows nor a gap cross the beginning of another clock epoch", () => {
  const rows = new RowBuffer(2, 8);
  fill(rows, 0, 3);
  rows.cut();
  rows.cut();
  fill(rows, 3, 5);
  assert.deepEqual(take(rows)?.ms, [0, 10, 20]);
  assert.deepEqual(take(rows)?.ms, [30, 40]);
  rows.rewind();
  fill(rows, 5, 13); // gives up 0 to 4
  assert.deepEqual(take(rows), { first: 0, lost: 3, from: 0, to: 20 });
  assert.deepEqual(take(rows), { first: 3, lost: 2, from: 30, to: 40 });
  rows.resume(100); // another history: the cut moves with its rows, and is behind them by now
  rows.cut();
  fill(rows, 13, 14);
  const firsts = [];
  for (let block = take(rows); block; block = take(rows)) firsts.push(block.first);
  assert.deepEqual(firsts, [100, 103, 106, 113]);
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

test("whatever happens, each number arrives once: as its row, or as given up and then it was", () => {
  let seed = 7; // a small LCG: the same cases on every run
  const random = (/** @type {number} */ n) => (seed = (seed * 1103515245 + 12345) % 2 ** 31) % n;
  let gaps = 0;
  for (let round = 0; round < 300; round++) {
    const rows = new RowBuffer(1, 1 + random(12));
    /** What the server has, by number: a time, or null for a row given up. @type {(number | null)[]} */
    const stored = [];
    /** @type {number[]} */ const pushed = [];
    /** @type {number[]} */ const cuts = [];
    const send = (/** @type {number} */ room) => {
      const block = take(rows, room);
      if (!block) return false;
      assert.ok(block.first <= stored.length, "a hole in the numbers");
      const count = block.lost ?? block.ms.length;
      for (const cut of cuts) assert.ok(block.first >= cut || block.first + count <= cut, "across epochs");
      if (block.lost !== undefined) {
        gaps += 1;
        assert.ok(block.from >= pushed[0] && block.to <= pushed[pushed.length - 1] && block.from <= block.to);
      }
      // The server ignores what it has already.
      for (let i = stored.length - block.first; i < count; i++)
        stored.push(block.lost !== undefined ? null : block.ms[i]);
      return true;
    };
    for (let step = 0; step < 60; step++) {
      const action = random(6);
      if (action <= 1) {
        rows.push(step, [step]); // times must not decrease
        pushed.push(step);
      }
      if (action === 2) send(24 + 8 * (1 + random(4)));
      if (action === 3) rows.ack(random(stored.length + 1));
      if (action === 4) rows.resume(rows.acked + random(stored.length - rows.acked + 1));
      if (action === 5 && random(4) === 0) {
        rows.cut();
        cuts.push(rows.next);
      }
    }
    while (send(65_520));
    assert.equal(stored.length, pushed.length);
    stored.forEach((ms, seq) => assert.ok(ms === null || ms === pushed[seq]));
    assert.ok(stored.filter((ms) => ms === null).length <= rows.lost);
  }
  assert.ok(gaps > 300, `${gaps} gaps are too few to have tried them`);
});

test("a row that cannot be stored is the caller's fault", () => {
  const rows = new RowBuffer(2, 4);
  assert.throws(() => rows.push(1, [1]), /1 values for 2 columns/);
  assert.throws(() => rows.push(1, [1, NaN]), /finite/);
  rows.push(5, [0, 0]);
  assert.throws(() => rows.push(4, [0, 0]), /before the previous/);
  assert.equal(rows.next, 1);
});
