/**
 * The rows of one track that the server has not acknowledged yet, in a ring that never reallocates.
 *
 * Rows get their sequence number when they are pushed. When the ring is full, **new rows are refused and
 * counted** (`refused`): a sequence must stay contiguous, so an outage longer than the ring leaves a hole
 * in time at its end, which the receiver can see, and never a hole in the numbers, which it would reject.
 */

import { BLOCK_HEADER, MAX_SPAN_MS, blockBytes, writeBlockHeader } from "./frames.js";

export class RowBuffer {
  #ms;
  #values;

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
    /** Rows lost because the ring was full. */
    this.refused = 0;
  }

  /** Rows waiting to be sent on this connection. */
  get unsent() {
    return this.next - this.sent;
  }

  /**
   * @param {number} clientMs not before the previous row's
   * @param {ArrayLike<number>} values one per column, finite
   * @returns {boolean} false when the ring is full
   */
  push(clientMs, values) {
    this.#check(clientMs, values);
    if (this.next - this.acked >= this.capacity) {
      this.refused += 1;
      return false;
    }
    const slot = this.next % this.capacity;
    this.#ms[slot] = clientMs;
    for (let column = 0; column < this.columns; column++) {
      this.#values[slot * this.columns + column] = values[column];
    }
    this.next += 1;
    return true;
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
    if (this.next > this.acked && clientMs < this.#ms[(this.next - 1) % this.capacity]) {
      throw new RangeError(`row at ${clientMs} ms is before the previous row`);
    }
  }

  /**
   * The server has every row below `seq` on disk.
   * @param {number} seq
   */
  ack(seq) {
    this.acked = Math.max(this.acked, Math.min(seq, this.next));
    this.sent = Math.max(this.sent, this.acked);
  }

  /**
   * A new connection: send again from `seq`, the number the server expects next. A server that expects a
   * number we no longer or do not yet have has another history of this track than we; what we still hold
   * is then numbered from there, so that it can be stored at all.
   * @param {number} seq
   */
  resume(seq) {
    if (seq >= this.acked && seq <= this.next) {
      this.acked = seq;
      this.sent = seq;
    } else {
      this.#renumber(seq);
    }
  }

  /**
   * @param {number} first number of the oldest row held
   */
  #renumber(first) {
    const held = this.next - this.acked;
    const ms = new Float64Array(this.capacity);
    const values = new Float32Array(this.capacity * this.columns);
    for (let i = 0; i < held; i++) {
      const from = (this.acked + i) % this.capacity;
      const to = (first + i) % this.capacity;
      ms[to] = this.#ms[from];
      values.set(this.#values.subarray(from * this.columns, (from + 1) * this.columns), to * this.columns);
    }
    this.#ms = ms;
    this.#values = values;
    this.acked = first;
    this.sent = first;
    this.next = first + held;
  }

  /** Send everything unacknowledged again on this connection. */
  rewind() {
    this.sent = this.acked;
  }

  /**
   * Writes a block of as many unsent rows as fit, and marks them sent.
   * @param {DataView} view
   * @param {number} at offset of the block
   * @param {number} room bytes left in the frame
   * @param {number} track
   * @returns {number} bytes written, 0 when there is nothing to write or no room
   */
  writeBlock(view, at, room, track) {
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
   * @param {number} room
   * @returns {number} rows of the next block
   */
  #fitting(room) {
    const byRoom = Math.floor((room - BLOCK_HEADER) / (4 * (1 + this.columns)));
    let rows = Math.max(0, Math.min(byRoom, this.unsent, 0xffff));
    const firstMs = this.#ms[this.sent % this.capacity];
    while (rows > 1 && this.#ms[(this.sent + rows - 1) % this.capacity] - firstMs > MAX_SPAN_MS) rows -= 1;
    return rows;
  }
}
