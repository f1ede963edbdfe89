/**
 * Requests on their way: numbers them, keeps their promises, settles each exactly once.
 *
 * Bounded by MAX_PENDING; when full, a new request is refused with `busy` (a page that has so many questions
 * open has lost its server already).
 */

import { WireError } from "./messages.js";

/** Far more than a page's keys can produce within REQUEST_MS. */
const MAX_PENDING = 64;
/** The server answers within some 20 ms; calibration within a second. Beyond this the network is at fault. */
const REQUEST_MS = 15_000;

/**
 * @typedef {import("./messages.js").Answer} Answer
 * @typedef {{type: string, resolve: (answer: Answer) => void, reject: (error: WireError) => void, timer:
 *   unknown}} Pending
 * @typedef {{setTimeout: (f: () => void, ms: number) => unknown, clearTimeout: (timer: unknown) => void}}
 *   Timers
 */

export class Requests {
  /** @type {Map<number, Pending>} */
  #pending = new Map();
  #next = 1;
  #timers;

  /** @param {Timers} timers */
  constructor(timers) {
    this.#timers = timers;
  }

  /** References increase by connection: call when a new one opens. */
  restart() {
    this.#next = 1;
  }

  /**
   * @param {string} type
   * @param {Record<string, unknown>} fields
   * @param {(text: string) => void} send
   * @returns {Promise<Answer>}
   */
  open(type, fields, send) {
    if (this.#pending.size >= MAX_PENDING) {
      return Promise.reject(new WireError("busy", `${MAX_PENDING} requests are unanswered`, { retry: true }));
    }
    const ref = this.#next++;
    return new Promise((resolve, reject) => {
      const timer = this.#timers.setTimeout(() => this.#expire(ref), REQUEST_MS);
      this.#pending.set(ref, { type, resolve, reject, timer });
      send(JSON.stringify({ type, ref, ...fields }));
    });
  }

  /**
   * @param {Answer} answer a message with a `ref`
   * @returns {boolean} false when nobody waits for it (any more)
   */
  settle(answer) {
    const pending = this.#take(answer.ref);
    if (!pending) return false;
    if (answer.type === "error") pending.reject(errorOf(answer));
    else pending.resolve(answer);
    return true;
  }

  /** @param {WireError} error */
  rejectAll(error) {
    for (const ref of [...this.#pending.keys()]) this.#take(ref)?.reject(error);
  }

  /** @param {number} ref */
  #expire(ref) {
    const pending = this.#take(ref);
    pending?.reject(
      new WireError("timeout", `no answer to ${pending.type} in ${REQUEST_MS} ms`, { retry: true }),
    );
  }

  /** @param {number} ref */
  #take(ref) {
    const pending = this.#pending.get(ref);
    if (pending) {
      this.#pending.delete(ref);
      this.#timers.clearTimeout(pending.timer);
    }
    return pending;
  }
}

/**
 * The coded error of an `error` message.
 * @param {Record<string, unknown>} message
 */
export function errorOf(message) {
  const { type: _type, ref: _ref, code, message: text, retry, ...details } = message;
  return new WireError(String(code), String(text), { retry: retry === true, details });
}
