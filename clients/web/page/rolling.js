/**
 * The last stretch of a few live curves, for a rolling plot. Pure: time comes in with the values.
 *
 * Times may not go back (a late row is dropped). A silence of more than `GAP_S` breaks the curve with an empty row,
 * so that a lost connection is seen as a hole and not as a straight line.
 */

/** Live rows come ten times a second; five missing ones are a hole. */
const GAP_S = 0.5;

export class Rolling {
  /**
   * @param {number} curves
   * @param {number} seconds how much to keep
   */
  constructor(curves, seconds) {
    this.seconds = seconds;
    /** @type {number[]} */
    this.t = [];
    /** @type {(number | null)[][]} */
    this.values = Array.from({ length: curves }, () => []);
  }

  /**
   * @param {number} t seconds since the session opened
   * @param {(number | null)[]} row one value per curve; null where it is not known
   */
  push(t, row) {
    const last = this.t.at(-1);
    if (last !== undefined && t <= last) return;
    if (last !== undefined && t - last > GAP_S)
      this.#append(
        last + GAP_S / 2,
        row.map(() => null),
      );
    this.#append(t, row);
    this.#forget(t - this.seconds);
  }

  /** Columns for uPlot: times, then each curve. @returns {[number[], ...(number | null)[][]]} */
  columns() {
    return [this.t, ...this.values];
  }

  /** @param {number} t @param {(number | null)[]} row */
  #append(t, row) {
    this.t.push(t);
    this.values.forEach((column, i) => column.push(row[i] ?? null));
  }

  /**
   * Drop what is older than `start`, but keep one row before it so that the curve reaches the edge.
   * @param {number} start
   */
  #forget(start) {
    const keep = this.t.findIndex((t) => t >= start);
    if (keep <= 1) return;
    this.t.splice(0, keep - 1);
    for (const column of this.values) column.splice(0, keep - 1);
  }
}
