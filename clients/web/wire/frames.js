/**
 * Binary sample frames (PROTOCOL.md, "Sample frames"): pure encoding and decoding, little-endian.
 *
 * A frame carries one block per track; a block carries rows that are contiguous in `seq`. Row times are
 * kept as 32-bit floats after the block's 64-bit first time, so a block must not span long: over
 * MAX_SPAN_MS their step would exceed a microsecond-scale clock's noise. In place of rows a block may say that
 * so many were given up, and why: a gap, which has no columns.
 */

export const MAGIC = 0x54;
export const VERSION = 1;
export const MAX_BYTES = 65_536;
export const FRAME_HEADER = 16;
export const BLOCK_HEADER = 24;
/** 65.5 s: float32 still resolves 4 us here, finer than performance.now(). */
export const MAX_SPAN_MS = 65_536;
/** A block's row count is 16 bits wide. */
export const MAX_ROWS = 0xffff;
export const GAP_BYTES = BLOCK_HEADER + 4;
/** A day: the server takes a longer gap for a mistake. */
export const MAX_GAP_MS = 86_400_000;
/** Why rows were given up. */
export const GAP_REASONS = /** @type {const} */ ({ buffer_full: 1, not_measured: 2 });

/**
 * Rows of one track: `values` row by row, `clientMs.length * columns` of them.
 * @typedef {{track: number, firstSeq: number, columns: number, clientMs: ArrayLike<number>,
 *   values: ArrayLike<number>}} Block
 *
 * `rows` numbers from `firstSeq` on that no row will ever have; the first was measured at `firstMs`, the last at
 * `lastMs`. `reason` is one of GAP_REASONS.
 * @typedef {{track: number, firstSeq: number, rows: number, reason: number, firstMs: number, lastMs: number}} Gap
 *
 * At most one block or gap of each track.
 * @typedef {{sealedMs: number, blocks: Block[], gaps: Gap[]}} Frame
 */

/** A frame that breaks PROTOCOL.md: says where and by what. */
export class FrameError extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message);
    this.name = "FrameError";
  }
}

/**
 * Bytes that a block of so many rows and columns takes.
 * @param {number} rows
 * @param {number} columns
 */
export function blockBytes(rows, columns) {
  return BLOCK_HEADER + 4 * rows * (1 + columns);
}

/**
 * @param {DataView} view
 * @param {number} blocks
 * @param {number} bytes length of the whole frame
 * @param {number} sealedMs client clock when the frame was closed
 */
export function writeFrameHeader(view, blocks, bytes, sealedMs) {
  view.setUint8(0, MAGIC);
  view.setUint8(1, VERSION);
  view.setUint16(2, blocks, true);
  view.setUint32(4, bytes, true);
  view.setFloat64(8, sealedMs, true);
}

/**
 * @param {DataView} view
 * @param {number} at offset of the block
 * @param {number} track
 * @param {number} firstSeq
 * @param {number} rows
 * @param {number} columns
 * @param {number} firstMs
 * @param {number} [reason] of a gap; 0 for rows
 */
export function writeBlockHeader(view, at, track, firstSeq, rows, columns, firstMs, reason = 0) {
  view.setUint32(at, track, true);
  view.setUint32(at + 4, firstSeq, true);
  view.setUint16(at + 8, rows, true);
  view.setUint16(at + 10, columns, true);
  view.setUint32(at + 12, reason, true);
  view.setFloat64(at + 16, firstMs, true);
}

/**
 * @param {DataView} view
 * @param {number} at
 * @param {Gap} gap
 * @returns {number} offset after it
 */
export function writeGap(view, at, { track, firstSeq, rows, reason, firstMs, lastMs }) {
  writeBlockHeader(view, at, track, firstSeq, rows, 0, firstMs, reason);
  view.setFloat32(at + BLOCK_HEADER, lastMs - firstMs, true);
  return at + GAP_BYTES;
}

/**
 * One frame as bytes. The socket writes its frames straight from its buffers; this is the plain form, for
 * tests, bots and tools.
 * @param {number} sealedMs
 * @param {readonly Block[]} blocks
 * @param {readonly Gap[]} [gaps]
 * @returns {ArrayBuffer}
 */
export function encodeFrame(sealedMs, blocks, gaps = []) {
  const rows = blocks.reduce((sum, b) => sum + blockBytes(b.clientMs.length, b.columns), 0);
  const bytes = FRAME_HEADER + rows + gaps.length * GAP_BYTES;
  if (bytes > MAX_BYTES)
    throw new FrameError(`frame of ${bytes} bytes, at most ${MAX_BYTES}: send fewer rows`);
  const view = new DataView(new ArrayBuffer(bytes));
  writeFrameHeader(view, blocks.length + gaps.length, bytes, sealedMs);
  let at = FRAME_HEADER;
  for (const block of blocks) at = writeBlock(view, at, block);
  for (const gap of gaps) at = writeGap(view, at, gap);
  return view.buffer;
}

/**
 * @param {DataView} view
 * @param {number} at
 * @param {Block} block
 * @returns {number} offset after the block
 */
function writeBlock(view, at, { track, firstSeq, columns, clientMs, values }) {
  const rows = clientMs.length;
  writeBlockHeader(view, at, track, firstSeq, rows, columns, clientMs[0] ?? 0);
  const body = at + BLOCK_HEADER;
  for (let row = 0; row < rows; row++) {
    view.setFloat32(body + 4 * row, clientMs[row] - clientMs[0], true);
    for (let column = 0; column < columns; column++) {
      view.setFloat32(body + 4 * (rows * (1 + column) + row), values[row * columns + column], true);
    }
  }
  return at + blockBytes(rows, columns);
}

/**
 * @param {ArrayBuffer} buffer
 * @returns {Frame} with Float64Array times and Float32Array values
 */
export function decodeFrame(buffer) {
  const view = new DataView(buffer);
  if (view.byteLength < FRAME_HEADER) throw new FrameError(`${view.byteLength} bytes are less than a header`);
  if (view.getUint8(0) !== MAGIC) throw new FrameError(`magic ${view.getUint8(0)}, expected ${MAGIC}`);
  if (view.getUint8(1) !== VERSION) throw new FrameError(`version ${view.getUint8(1)}, expected ${VERSION}`);
  const bytes = view.getUint32(4, true);
  if (bytes !== view.byteLength)
    throw new FrameError(`length says ${bytes}, the frame has ${view.byteLength}`);
  const blocks = [];
  const gaps = [];
  let at = FRAME_HEADER;
  for (let left = view.getUint16(2, true); left > 0; left--) {
    if (at + BLOCK_HEADER > view.byteLength) throw new FrameError(`block header at ${at} is cut off`);
    if (view.getUint16(at + 10, true) === 0) {
      gaps.push(readGap(view, at));
      at += GAP_BYTES;
    } else {
      const block = readBlock(view, at);
      blocks.push(block);
      at += blockBytes(block.clientMs.length, block.columns);
    }
  }
  if (at !== bytes) throw new FrameError(`blocks end at ${at}, the frame at ${bytes}`);
  return { sealedMs: view.getFloat64(8, true), blocks, gaps };
}

/**
 * @param {DataView} view
 * @param {number} at
 * @returns {Gap}
 */
function readGap(view, at) {
  if (at + GAP_BYTES > view.byteLength) throw new FrameError(`gap at ${at} is cut off`);
  const firstMs = view.getFloat64(at + 16, true);
  return {
    track: view.getUint32(at, true),
    firstSeq: view.getUint32(at + 4, true),
    rows: view.getUint16(at + 8, true),
    reason: view.getUint32(at + 12, true),
    firstMs,
    lastMs: firstMs + view.getFloat32(at + BLOCK_HEADER, true),
  };
}

/**
 * @param {DataView} view
 * @param {number} at
 * @returns {Block}
 */
function readBlock(view, at) {
  const rows = view.getUint16(at + 8, true);
  const columns = view.getUint16(at + 10, true);
  if (at + blockBytes(rows, columns) > view.byteLength) {
    throw new FrameError(`block of ${rows} rows and ${columns} columns at ${at} is cut off`);
  }
  const firstMs = view.getFloat64(at + 16, true);
  const body = at + BLOCK_HEADER;
  const clientMs = new Float64Array(rows);
  const values = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    clientMs[row] = firstMs + view.getFloat32(body + 4 * row, true);
    for (let column = 0; column < columns; column++) {
      values[row * columns + column] = view.getFloat32(body + 4 * (rows * (1 + column) + row), true);
    }
  }
  return {
    track: view.getUint32(at, true),
    firstSeq: view.getUint32(at + 4, true),
    columns,
    clientMs,
    values,
  };
}
