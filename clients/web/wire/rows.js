/**
 * The rows of one track that the server has not acknowledged yet, in a ring that never reallocates.
 *
 * Rows get their sequence number when they are pushed. When the ring is full, **the oldest rows are given up**, keep
 * their numbers, and are declared to the server as a gap: what an outage longer than the ring costs is written into
 * the record, with its place and length, and what is newest arrives. What is acknowledged is not held here any more
 * and is never given up.
 */

import {
  BLOCK_HEADER,
  GAP_BYTES,
  GAP_REASONS,
  MAX_GAP_MS,
  MAX_ROWS,
  MAX_SPAN_MS,
  blockBytes,
  writeBlockHeader,
  writeGap,
} from "./frames.js";

export class RowBuffer {
  #ms;
  #values;
  /** Rows from `#gapFrom` up to `#gapTo` were given up; they were measured from `#gapFirstMs` to `#gapLastMs`. */
  #gapFrom = 0;
  #gapTo = 0;
  #gapFirstMs = 0;
  #gapLastMs = 0;
  /** Numbers of the rows that begin another epoch of the clock, in order. @type {number[]} */
  #cuts = [];
  /** The oldest row in the ring. */
  #held = 0;

  /**
   * @param {number} columns
   * @param {number} capacity rows
   */
  constructor(columns, capacity) {
    this.columns = columns;
    this.capacity = capacity;
    this.#ms = new Float64Array(capacity);
    this.#values = new Float32Array(capacity * columns);
    /** Every row below is on the server's disk. */
    this.acked = 0;
    /** Every row below was sent on the present connection. */
    this.sent = 0;
    /** The number the next row gets. */
    this.next = 0;
    /** Rows given up because the ring was full. */
    this.lost = 0;
  }

  /** Rows and given-up numbers waiting to be sent on this connection. */
  get unsent() {
    return this.next - this.sent;
  }

  /**
   * @param {number} clientMs not before the previous row's
   * @param {ArrayLike<number>} values one per column, finite
   */
  push(clientMs, values) {
    this.#check(clientMs, values);
    if (this.next - this.#held >= this.capacity) this.#giveUpOldest();
    const slot = this.next % this.capacity;
    this.#ms[slot] = clientMs;
    for (let column = 0; column < this.columns; column++) {
      this.#values[slot * this.columns + column] = values[column];
    }
    this.next += 1;
  }

  /** The clock has begun another epoch: no block holds rows from before and after this point. */
  cut() {
    if (this.#cuts.at(-1) !== this.next) this.#cuts.push(this.next);
  }

  #giveUpOldest() {
    const ms = this.#ms[this.#held % this.capacity];
    if (this.#gapTo <= this.acked) {
      this.#gapFrom = this.#held;
      this.#gapFirstMs = ms;
    }
    this.#gapLastMs = ms;
    this.#held += 1;
    this.#gapTo = this.#held;
    this.lost += 1;
  }

  /**
   * @param {number} clientMs
   * @param {ArrayLike<number>} values
   */
  #check(clientMs, values) {
    if (values.length < this.columns) {
      throw new RangeError(`${values.length} values for ${this.columns} columns`);
    }
    let sum = clientMs;
    for (let column = 0; column < this.columns; column++) sum += values[column];
    if (!Number.isFinite(sum)) throw new RangeError(`a row's values must be finite: ${clientMs}: ${values}`);
    if (this.next > this.#held && clientMs < this.#ms[(this.next - 1) % this.capacity]) {
      throw new RangeError(`row at ${clientMs} ms is before the previous row`);
    }
  }

  /**
   * The server has every row below `seq` on disk.
   * @param {number} seq
   */
  ack(seq) {
    this.#settle(Math.max(this.acked, Math.min(seq, this.next)));
    this.sent = Math.max(this.sent, this.acked);
  }

  /**
   * A new connection: send again from `seq`, the number the server expects next. A server that expects a
   * number we no longer or do not yet have has another history of this track than we; what we still hold
   * is then numbered from there, so that it can be stored at all.
   * @param {number} seq
   */
  resume(seq) {
    if (seq >= this.acked && seq <= this.next) this.#settle(seq);
    else this.#renumber(seq);
    this.sent = this.acked;
  }

  /** Send everything unacknowledged again on this connection. */
  rewind() {
    this.sent = this.acked;
  }

  /** @param {number} seq */
  #settle(seq) {
    this.acked = seq;
    this.#held = Math.max(this.#held, seq);
    while (this.#cuts.length > 0 && this.#cuts[0] <= seq) this.#cuts.shift();
  }

  /**
   * @param {number} first number that the oldest unacknowledged row gets
   */
  #renumber(first) {
    const by = first - this.acked;
    const ms = new Float64Array(this.capacity);
    const values = new Float32Array(this.capacity * this.columns);
    for (let seq = this.#held; seq < this.next; seq++) {
      const from = seq % this.capacity;
      const to = (seq + by) % this.capacity;
      ms[to] = this.#ms[from];
      values.set(this.#values.subarray(from * this.columns, (from + 1) * this.columns), to * this.columns);
    }
    this.#ms = ms;
    this.#values = values;
    this.acked = first;
    this.next += by;
    this.#held += by;
    this.#gapFrom += by;
    this.#gapTo += by;
    this.#cuts = this.#cuts.map((seq) => seq + by);
  }

  /**
   * Writes a block of as many unsent rows as fit, or the gap that comes before them, and marks them sent.
   * @param {DataView} view
   * @param {number} at offset of the block
   * @param {number} room bytes left in the frame
   * @param {number} track
   * @returns {number} bytes written, 0 when there is nothing to write or no room
   */
  writeBlock(view, at, room, track) {
    if (this.sent < this.#held) return room < GAP_BYTES ? 0 : this.#writeGap(view, at, track);
    const rows = this.#fitting(room);
    if (rows === 0) return 0;
    const { columns, capacity, sent } = this;
    const firstMs = this.#ms[sent % capacity];
    writeBlockHeader(view, at, track, sent, rows, columns, firstMs);
    const body = at + BLOCK_HEADER;
    for (let row = 0; row < rows; row++) {
      const slot = (sent + row) % capacity;
      view.setFloat32(body + 4 * row, this.#ms[slot] - firstMs, true);
      for (let column = 0; column < columns; column++) {
        view.setFloat32(body + 4 * (rows * (1 + column) + row), this.#values[slot * columns + column], true);
      }
    }
    this.sent += rows;
    return blockBytes(rows, columns);
  }

  /**
   * @param {DataView} view
   * @param {number} at
   * @param {number} track
   */
  #writeGap(view, at, track) {
    const rows = Math.min(this.#held - this.sent, this.#nextCut() - this.sent, MAX_ROWS);
    const firstMs = this.#lostAt(this.sent);
    const lastMs = Math.min(this.#lostAt(this.sent + rows - 1), firstMs + MAX_GAP_MS);
    writeGap(view, at, { track, firstSeq: this.sent, rows, reason: GAP_REASONS.buffer_full, firstMs, lastMs });
    this.sent += rows;
    return GAP_BYTES;
  }

  /**
   * When a row that was given up was measured. Only the first and last are known; a gap that the server has a part
   * of, or that takes several blocks, is divided as if its rows had come evenly.
   * @param {number} seq
   */
  #lostAt(seq) {
    const share = (seq - this.#gapFrom) / Math.max(1, this.#gapTo - 1 - this.#gapFrom);
    return this.#gapFirstMs + share * (this.#gapLastMs - this.#gapFirstMs);
  }

  /**
   * @param {number} room
   * @returns {number} rows of the next block
   */
  #fitting(room) {
    const byRoom = Math.floor((room - BLOCK_HEADER) / (4 * (1 + this.columns)));
    let rows = Math.max(0, Math.min(byRoom, this.unsent, this.#nextCut() - this.sent, MAX_ROWS));
    const firstMs = this.#ms[this.sent % this.capacity];
    while (rows > 1 && this.#ms[(this.sent + rows - 1) % this.capacity] - firstMs > MAX_SPAN_MS) rows -= 1;
    return rows;
  }

  /** The first row after `sent` that begins another epoch; infinite when there is none. */
  #nextCut() {
    for (const seq of this.#cuts) if (seq > this.sent) return seq;
    return Infinity;
  }
}
