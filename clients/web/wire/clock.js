/**
 * Clock exchanges (PROTOCOL.md): a burst after `welcome`, then one every two seconds. Each carries the
 * arrival time of the previous answer, so that the server alone keeps the filter. They are also the
 * heartbeat: a connection that leaves one unanswered for STALLED_MS is dead, whatever TCP believes.
 *
 * `performance.now()` may stand still while the device sleeps. Afterwards the server's estimate is wrong by as long as
 * it slept: ClockWatch notices, and a new epoch of this clock begins.
 */

const BURST = 8;
const BURST_MS = 50;
const STEADY_MS = 2_000;
/** Three steady exchanges: longer than any Wi-Fi roaming pause worth keeping a connection for. */
export const STALLED_MS = 6_000;
/** Of so many epochs, with the present one, the server is told; it remembers no more. */
const EPOCHS = 8;
/** Far above what the system's clock is slewed by between two looks, far below a sleep. */
const JUMP_MS = 1_000;

/**
 * @typedef {import("./requests.js").Timers & {now: () => number}} ClockEnv  now: milliseconds, monotonic
 */

/**
 * Compares the page's monotonic clock with the wall clock. Where the two part by more than JUMP_MS from one look to
 * the next, the monotonic clock stood still (a sleep), or the wall clock was set, which cannot be told apart; a new
 * epoch is right for the one and harmless for the other. Looks must come often: drift between two looks is no jump,
 * and what falls between them is only known to that grain.
 */
export class ClockWatch {
  #now;
  #wall;
  #lastMs;
  #lastWallMs;
  /** Counts from 0. */
  epoch = 0;
  /** From this time on, on the page's clock, times belong to the present epoch. */
  sinceMs = 0;
  /** Earlier epochs that the server has not said it heard of. @type {{epoch: number, since_ms: number}[]} */
  untold = [];
  #told = true;

  /** @param {{now: () => number, wall: () => number}} env both milliseconds; wall: as Date.now */
  constructor({ now, wall }) {
    this.#now = now;
    this.#wall = wall;
    this.#lastMs = now();
    this.#lastWallMs = wall();
  }

  /** Allocates nothing. @returns {boolean} whether a new epoch has begun since the last look */
  look() {
    const lastMs = this.#lastMs;
    const lastWallMs = this.#lastWallMs;
    this.#lastMs = this.#now();
    this.#lastWallMs = this.#wall();
    const parted = this.#lastWallMs - lastWallMs - (this.#lastMs - lastMs);
    if (Math.abs(parted) <= JUMP_MS) return false;
    if (!this.#told) this.untold = [...this.untold, { epoch: this.epoch, since_ms: this.sinceMs }].slice(1 - EPOCHS);
    this.#told = false;
    this.epoch += 1;
    this.sinceMs = lastMs;
    return true;
  }

  /** The server has answered a request that told it of the present epoch. */
  told() {
    this.#told = true;
    this.untold = [];
  }
}

export class ClockExchanges {
  /** @type {{t0_ms: number, t3_ms: number} | null} */
  #previous = null;
  /** @type {unknown} */
  #timer = null;
  /** @type {unknown} */
  #watchdog = null;
  #sent = 0;
  #env;
  #watch;
  #exchange;
  #stalled;

  /**
   * @param {ClockEnv} env
   * @param {ClockWatch} watch outlives this connection
   * @param {(fields: Record<string, unknown>) => Promise<unknown>} exchange sends one `clock` request
   * @param {() => void} stalled called once when an answer is overdue
   */
  constructor(env, watch, exchange, stalled) {
    this.#env = env;
    this.#watch = watch;
    this.#exchange = exchange;
    this.#stalled = stalled;
    /** Round trip of the latest exchange, milliseconds; null before the first. @type {number | null} */
    this.roundTripMs = null;
    /** Whether the server has been told of an exchange on this connection, in the present epoch. */
    this.compared = false;
  }

  /** The first burst, and another one when a new epoch has begun: what was learnt before is void. */
  start() {
    this.#env.clearTimeout(this.#timer);
    this.#previous = null;
    this.#sent = 0;
    this.compared = false;
    this.#tick();
  }

  stop() {
    this.#env.clearTimeout(this.#timer);
    this.#env.clearTimeout(this.#watchdog);
    this.#timer = null;
    this.#watchdog = null;
  }

  #tick() {
    const t0 = this.#env.now();
    const { epoch, sinceMs, untold } = this.#watch;
    // Each in its turn: rows from between two sleeps are of an epoch of their own.
    for (const earlier of untold) this.#exchange({ t0_ms: t0, previous: null, ...earlier }).catch(() => {});
    const told = epoch > 0 ? { epoch, since_ms: sinceMs } : {};
    this.#watchdog ??= this.#env.setTimeout(this.#stalled, STALLED_MS);
    this.#exchange({ t0_ms: t0, previous: this.#previous, ...told }).then(
      () => this.#answered(t0, epoch),
      () => {}, // the connection reports its own end; a refused exchange only means one estimate less
    );
    this.#sent += 1;
    this.compared ||= this.#previous !== null;
    this.#timer = this.#env.setTimeout(() => this.#tick(), this.#sent < BURST ? BURST_MS : STEADY_MS);
  }

  /** @param {number} t0 @param {number} epoch in which it was sent */
  #answered(t0, epoch) {
    this.#env.clearTimeout(this.#watchdog);
    this.#watchdog = null;
    if (epoch !== this.#watch.epoch) return; // it has a foot on either side of a sleep
    this.#watch.told();
    const t3 = this.#env.now();
    this.#previous = { t0_ms: t0, t3_ms: t3 };
    this.roundTripMs = t3 - t0;
  }
}
