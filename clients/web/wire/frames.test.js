import assert from "node:assert/strict";
import { test } from "node:test";

import { BLOCK_HEADER, FRAME_HEADER, FrameError, MAX_BYTES, decodeFrame, encodeFrame } from "./frames.js";

const ROW = [0.5, 1.65, -2.25, 0, 0.25, 0, 0.75]; // exact in float32

/** @param {number} n @param {number} columns */
function block(n, columns = 7, track = 3, firstSeq = 41) {
  const clientMs = Array.from({ length: n }, (_, i) => 10_000.125 + 13.5 * i);
  const values = Array.from({ length: n * columns }, (_, i) => i / 4);
  return { track, firstSeq, columns, clientMs, values };
}

test("the bytes are those of PROTOCOL.md", () => {
  const view = new DataView(
    encodeFrame(1234.5, [
      { track: 7, firstSeq: 9, columns: 7, clientMs: [1200.25, 1214.25], values: [...ROW, ...ROW] },
    ]),
  );
  assert.equal(view.byteLength, FRAME_HEADER + BLOCK_HEADER + 4 * 2 + 4 * 2 * 7);
  assert.deepEqual([view.getUint8(0), view.getUint8(1), view.getUint16(2, true)], [0x54, 1, 1]);
  assert.equal(view.getUint32(4, true), view.byteLength);
  assert.equal(view.getFloat64(8, true), 1234.5);
  assert.deepEqual([view.getUint32(16, true), view.getUint32(20, true)], [7, 9]);
  assert.deepEqual([view.getUint16(24, true), view.getUint16(26, true), view.getUint32(28, true)], [2, 7, 0]);
  assert.equal(view.getFloat64(32, true), 1200.25);
  assert.deepEqual([view.getFloat32(40, true), view.getFloat32(44, true)], [0, 14]);
  // column by column: both rows' px, then both rows' py
  assert.deepEqual(
    [48, 52, 56, 60].map((at) => view.getFloat32(at, true)),
    [0.5, 0.5, Math.fround(1.65), Math.fround(1.65)],
  );
});

test("what is encoded decodes to itself", () => {
  const blocks = [block(8), block(5, 5, 4, 0), block(1, 1, 9, 2 ** 32 - 2)];
  const frame = decodeFrame(encodeFrame(99.5, blocks));
  assert.equal(frame.sealedMs, 99.5);
  frame.blocks.forEach((got, i) => {
    assert.deepEqual(
      [got.track, got.firstSeq, got.columns],
      [blocks[i].track, blocks[i].firstSeq, blocks[i].columns],
    );
    assert.deepEqual([...got.clientMs], blocks[i].clientMs);
    assert.deepEqual([...got.values], blocks[i].values);
  });
});

test("a gap is a block without columns: its reason, and how long it lasts", () => {
  const gap = { track: 7, firstSeq: 9, rows: 40_000, reason: 1, firstMs: 1200.25, lastMs: 556_755.25 };
  const buffer = encodeFrame(1234.5, [block(2)], [gap]);
  const view = new DataView(buffer);
  const at = FRAME_HEADER + BLOCK_HEADER + 4 * 2 + 4 * 2 * 7;
  assert.equal(view.byteLength, at + BLOCK_HEADER + 4);
  assert.equal(view.getUint16(2, true), 2);
  assert.deepEqual([view.getUint32(at, true), view.getUint32(at + 4, true)], [7, 9]);
  assert.deepEqual([view.getUint16(at + 8, true), view.getUint16(at + 10, true)], [40_000, 0]);
  assert.equal(view.getUint32(at + 12, true), 1);
  assert.deepEqual([view.getFloat64(at + 16, true), view.getFloat32(at + 24, true)], [1200.25, 555_555]);
  const frame = decodeFrame(buffer);
  assert.deepEqual(frame.gaps, [gap]);
  assert.equal(frame.blocks.length, 1);
});

test("a frame beyond 64 KiB is refused before it is built", () => {
  const rows = Math.ceil(MAX_BYTES / 32);
  assert.throws(() => encodeFrame(0, [block(rows)]), /65536: send fewer rows/);
});

test("every cut of a good frame is refused", () => {
  const gap = { track: 9, firstSeq: 3, rows: 4, reason: 2, firstMs: 5, lastMs: 8 };
  const good = encodeFrame(1, [block(2), block(3, 5)], [gap]);
  for (let length = 0; length < good.byteLength; length++) {
    assert.throws(() => decodeFrame(good.slice(0, length)), FrameError);
  }
});

test("a wrong magic, version or length is named", () => {
  /** @param {number} at @param {number} value */
  const spoilt = (at, value) => {
    const bytes = new Uint8Array(encodeFrame(1, [block(1)]));
    bytes[at] = value;
    return bytes.buffer;
  };
  assert.throws(() => decodeFrame(spoilt(0, 1)), /magic 1/);
  assert.throws(() => decodeFrame(spoilt(1, 2)), /version 2/);
  assert.throws(() => decodeFrame(spoilt(4, 9)), /length says/);
  assert.throws(() => decodeFrame(spoilt(24, 200)), /cut off/);
});
