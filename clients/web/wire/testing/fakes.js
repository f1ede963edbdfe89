/** A virtual clock and scripted sockets: what `connect` needs from a browser, under the test's hand. */

import { decodeFrame } from "../frames.js";

export class VirtualTime {
  now = 1000;
  /** @type {{at: number, f: () => void, id: number}[]} */
  #timers = [];
  #ids = 0;

  setTimeout = (/** @type {() => void} */ f, /** @type {number} */ ms) => {
    this.#timers.push({ at: this.now + ms, f, id: ++this.#ids });
    return this.#ids;
  };

  clearTimeout = (/** @type {unknown} */ id) => {
    this.#timers = this.#timers.filter((timer) => timer.id !== id);
  };

  get waiting() {
    return this.#timers.length;
  }

  /** Runs every timer due within `ms`, letting promises settle between them. @param {number} ms */
  async pass(ms) {
    const end = this.now + ms;
    for (;;) {
      await settle();
      const due = this.#timers.filter((t) => t.at <= end).sort((a, b) => a.at - b.at || a.id - b.id)[0];
      if (!due) break;
      this.#timers = this.#timers.filter((timer) => timer !== due);
      this.now = Math.max(this.now, due.at);
      due.f();
    }
    this.now = end;
    await settle();
  }
}

/** Lets every promise that can settle do so. */
export async function settle() {
  for (let i = 0; i < 10; i++) await null;
}

export class FakeSocket {
  /** @type {FakeSocket[]} */
  static opened = [];
  /** @type {(() => void) | null} */ onopen = null;
  /** @type {((message: {data: unknown}) => void) | null} */ onmessage = null;
  /** @type {((event: {code: number, reason: string}) => void) | null} */ onclose = null;
  bufferedAmount = 0;
  binaryType = "";
  closed = false;
  /** @type {any[]} every JSON message sent */ messages = [];
  /** @type {import("../frames.js").Frame[]} */ frames = [];

  constructor(/** @type {string} */ url) {
    this.url = url;
    FakeSocket.opened.push(this);
  }

  /** @param {string | Uint8Array} data */
  send(data) {
    if (typeof data === "string") this.messages.push(JSON.parse(data));
    else this.frames.push(decodeFrame(data.slice().buffer)); // a copy, as the real one makes
  }

  close() {
    this.closed = true;
  }

  /** @param {object} message */
  push(message) {
    this.onmessage?.({ data: JSON.stringify(message) });
  }

  /** The messages of one type. @param {string} type */
  of(type) {
    return this.messages.filter((message) => message.type === type);
  }
}
