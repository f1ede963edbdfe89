/**
 * Clock exchanges (PROTOCOL.md): a burst after `welcome`, then one every two seconds. Each carries the
 * arrival time of the previous answer, so that the server alone keeps the filter. They are also the
 * heartbeat: a connection that leaves one unanswered for STALLED_MS is dead, whatever TCP believes.
 */

const BURST = 8;
const BURST_MS = 50;
const STEADY_MS = 2_000;
/** Three steady exchanges: longer than any Wi-Fi roaming pause worth keeping a connection for. */
export const STALLED_MS = 6_000;

/**
 * @typedef {import("./requests.js").Timers & {now: () => number}} ClockEnv  now: milliseconds, monotonic
 */

export class ClockExchanges {
  /** @type {{t0_ms: number, t3_ms: number} | null} */
  #previous = null;
  /** @type {unknown} */
  #timer = null;
  /** @type {unknown} */
  #watchdog = null;
  #sent = 0;
  #env;
  #exchange;
  #stalled;

  /**
   * @param {ClockEnv} env
   * @param {(fields: Record<string, unknown>) => Promise<unknown>} exchange sends one `clock` request
   * @param {() => void} stalled called once when an answer is overdue
   */
  constructor(env, exchange, stalled) {
    this.#env = env;
    this.#exchange = exchange;
    this.#stalled = stalled;
    /** Round trip of the latest exchange, milliseconds; null before the first. @type {number | null} */
    this.roundTripMs = null;
  }

  start() {
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
    this.#watchdog ??= this.#env.setTimeout(this.#stalled, STALLED_MS);
    this.#exchange({ t0_ms: t0, previous: this.#previous }).then(
      () => this.#answered(t0),
      () => {}, // the connection reports its own end; a refused exchange only means one estimate less
    );
    this.#sent += 1;
    this.#timer = this.#env.setTimeout(() => this.#tick(), this.#sent < BURST ? BURST_MS : STEADY_MS);
  }

  /** @param {number} t0 */
  #answered(t0) {
    const t3 = this.#env.now();
    this.#previous = { t0_ms: t0, t3_ms: t3 };
    this.roundTripMs = t3 - t0;
    this.#env.clearTimeout(this.#watchdog);
    this.#watchdog = null;
  }
}
