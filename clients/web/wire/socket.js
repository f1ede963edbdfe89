/**
 * One client's connection to the session server: hello and welcome, requests as promises, pushes, clock
 * exchanges, sample frames with everything unacknowledged kept and sent again after a reconnect.
 *
 *     const connection = connect({ url, hello, onPush, onState });
 *     await connection.request("choose", { choice: "ask_name" });    // rejects with WireError {code, retry}
 *     connection.sendRow("head_pose", performance.now(), [px, py, pz, qx, qy, qz, qw]);
 *     connection.close();
 *
 * Bounds: rows wait up to KEEP_S seconds of outage; beyond that the oldest are given up and declared as a gap
 * (rows.js). Requests fail at once when there is no connection, they are never queued: what a trainee chose ten
 * seconds ago is not what they would choose now.
 */

import { ClockExchanges, ClockWatch } from "./clock.js";
import { FRAME_HEADER, writeFrameHeader } from "./frames.js";
import { browserEnv, uuid } from "./env.js";
import { FINAL_CLOSES, PROTOCOL, WireError } from "./messages.js";
import { Requests, errorOf } from "./requests.js";
import { RowBuffer } from "./rows.js";

/** A quarter of an hour of outage, as long as an exercise: 9 MB for head, both hands and voice. */
const KEEP_S = 900;
/** While the socket still holds this much, further frames only add to the wait. Four full frames. */
const MAX_BUFFERED_BYTES = 262_144;
const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 8_000;
/** The server waits 5 s for our hello; we wait a little longer for its welcome. */
const WELCOME_MS = 8_000;
/** After a refusal that may pass (`storage_full`, `rate_limited`) the rows are offered again this much later. */
const REFUSED_RETRY_MS = 1_000;
/** A backlog waits so long at most for the first clock exchange: without one nothing bounds its rows' times. */
const EXCHANGE_MS = 1_000;

/**
 * @typedef {import("./messages.js").Hello} Hello
 * @typedef {import("./messages.js").Welcome} Welcome
 * @typedef {import("./messages.js").Push} Push
 * @typedef {import("./messages.js").Answer} Answer
 *
 * `connecting`: first or renewed attempt; `open`: welcomed (`welcome` is there); `waiting`: lost, next
 * attempt in
 * `retryMs`; `closed`: over for good, `reason` says why, in a sentence for the user.
 * @typedef {{status: "connecting" | "open" | "waiting" | "closed", attempt: number, retryMs: number,
 *   code: number | null, reason: string, error: WireError | null, welcome: Welcome | null}} ConnectionState
 *
 * @typedef {import("./env.js").Env} Env
 *
 * @typedef {object} ConnectOptions
 * @property {string} url `ws:` or `wss:`, without secrets
 * @property {Hello} hello
 * @property {(push: Push) => void} [onPush] every push but `ack`
 * @property {(state: ConnectionState) => void} [onState] every change, the first one in a later task
 * @property {(error: WireError) => void} [onError] errors that belong to no request, e.g. `frame_invalid`
 * @property {Env} [env]
 *
 * @typedef {Connection} WireConnection
 */

/**
 * Opens a connection and keeps it open until `close()` or a final close code.
 * @param {ConnectOptions} options
 * @returns {Connection}
 */
export function connect(options) {
  return new Connection(options);
}

class Connection {
  /** @type {WebSocket | null} */
  #ws = null;
  #options;
  #env;
  #hello;
  #requests;
  /** @type {Map<string, {track: number, rows: RowBuffer}>} by stream, or `stream.label` */
  #tracks = new Map();
  /** @type {ClockExchanges | null} */
  #clock = null;
  #watch;
  /** @type {unknown} */
  #frameTimer = null;
  /** @type {unknown} */
  #retryTimer = null;
  #attempt = 0;
  #frameMs = 100;
  #frameBytes = 65_536;
  #view = new DataView(new ArrayBuffer(65_536));
  #holdUntil = 0;
  #exchangeBy = 0;
  #closed = false;
  /** @type {WireError | null} */
  #refusal = null;

  /** @param {ConnectOptions} options */
  constructor(options) {
    this.#options = options;
    this.#env = options.env ?? browserEnv();
    this.#watch = new ClockWatch(this.#env);
    this.#hello = { protocol: PROTOCOL, run: uuid(), ...options.hello };
    this.#requests = new Requests(this.#env);
    /** The latest welcome, also while reconnecting. @type {Welcome | null} */
    this.welcome = null;
    /** Frames and bytes sent so far, for the debug view. */
    this.frames = 0;
    this.bytes = 0;
    this.#retryTimer = this.#env.setTimeout(() => this.#open(), 0);
  }

  /** Whether requests can be sent now. */
  get open() {
    return this.#clock !== null;
  }

  /** Round trip of the latest clock exchange in milliseconds, or null. */
  get roundTripMs() {
    return this.#clock?.roundTripMs ?? null;
  }

  /**
   * @param {string} type
   * @param {Record<string, unknown>} [fields]
   * @returns {Promise<Answer>} done and on disk; rejects with WireError
   */
  request(type, fields = {}) {
    const ws = this.#ws;
    if (!ws || !this.open) {
      const code = this.#closed ? "closed" : "not_connected";
      return Promise.reject(
        new WireError(code, "There is no connection to the server now.", { retry: !this.#closed }),
      );
    }
    return this.#requests.open(type, fields, (text) => ws.send(text));
  }

  /**
   * Keeps one row and sends it with the next frame. Allocates nothing: call it from the frame loop.
   * @param {string} stream as named in `hello.streams`
   * @param {number} clientMs this page's performance.now() at which the values held; never decreasing
   * @param {ArrayLike<number>} values one per column
   * @returns {boolean} false when the server has not said yet, or will not have it, that this stream is recorded
   */
  sendRow(stream, clientMs, values) {
    const track = this.#tracks.get(stream);
    if (track === undefined) return false;
    this.#lookAtClock();
    track.rows.push(clientMs, values);
    return true;
  }

  /**
   * @param {string} stream
   * @returns {{next: number, acked: number, lost: number} | null} where this stream stands
   */
  progress(stream) {
    const rows = this.#tracks.get(stream)?.rows;
    return rows ? { next: rows.next, acked: rows.acked, lost: rows.lost } : null;
  }

  /**
   * Waits until everything sent so far in a stream is on the server's disk.
   * @param {string} stream
   * @param {number} timeoutMs
   * @returns {Promise<boolean>} false when it took longer
   */
  async flushed(stream, timeoutMs) {
    const target = this.progress(stream)?.next ?? 0;
    const deadline = this.#env.now() + timeoutMs;
    while ((this.progress(stream)?.acked ?? 0) < target) {
      if (this.#env.now() > deadline) return false;
      await new Promise((resolve) => this.#env.setTimeout(() => resolve(undefined), this.#frameMs / 2));
    }
    return true;
  }

  /** Sends what is left and ends for good. */
  close() {
    if (this.#closed) return;
    this.#exchangeBy = 0;
    this.#sendFrame();
    this.#end("You left.", null, null);
  }

  #open() {
    this.#retryTimer = null;
    this.#refusal = null;
    this.#report("connecting", {});
    const ws = new this.#env.WebSocket(this.#options.url);
    ws.binaryType = "arraybuffer";
    this.#ws = ws;
    this.#retryTimer = this.#env.setTimeout(() => this.#lost(ws, null, "no welcome in time"), WELCOME_MS);
    ws.onopen = () => this.#greet(ws);
    ws.onmessage = (message) => this.#receive(ws, message.data);
    ws.onclose = (event) => this.#lost(ws, event.code, event.reason);
  }

  /** @param {WebSocket} ws */
  #greet(ws) {
    this.#requests.restart();
    this.#requests
      .open("hello", this.#hello, (text) => ws.send(text))
      .then(
        (answer) => this.#welcomed(ws, /** @type {Welcome} */ (/** @type {unknown} */ (answer))),
        (error) => this.#refused(ws, error),
      );
  }

  /**
   * @param {WebSocket} ws
   * @param {Welcome} welcome
   */
  #welcomed(ws, welcome) {
    if (ws !== this.#ws) return;
    this.#env.clearTimeout(this.#retryTimer);
    this.#retryTimer = null;
    this.#attempt = 0;
    this.welcome = welcome;
    this.#frameMs = welcome.limits.frame_ms;
    this.#frameBytes = Math.min(welcome.limits.message_bytes, this.#view.byteLength);
    for (const info of welcome.tracks) this.#resume(info);
    this.#lookAtClock();
    this.#clock = new ClockExchanges(
      this.#env,
      this.#watch,
      (fields) => this.request("clock", fields),
      () => this.#lost(ws, null, "the server stopped answering"),
    );
    this.#startClock();
    this.#report("open", {});
    this.#frameTimer = this.#env.setTimeout(() => this.#beat(), this.#frameMs);
  }

  /** @param {import("./messages.js").TrackInfo} info */
  #resume({ stream, label, track, columns, rate, next_seq: next }) {
    const name = label ? `${stream}.${label}` : stream;
    let known = this.#tracks.get(name);
    if (!known) {
      known = { track, rows: new RowBuffer(columns.length, Math.ceil(rate * KEEP_S)) };
      this.#tracks.set(name, known);
    }
    known.track = track;
    known.rows.resume(next);
  }

  /**
   * The server's answer to hello was an error; it closes the socket itself where that is final.
   * @param {WebSocket} ws
   * @param {WireError} error
   */
  #refused(ws, error) {
    if (ws !== this.#ws) return;
    this.#refusal = error;
    if (error.retry) this.#lost(ws, null, error.message);
    else this.#end(error.message, null, error);
  }

  /** After a sleep a new epoch begins, also for the rows: before any of them leaves, the server is told. */
  #lookAtClock() {
    if (!this.#watch.look()) return;
    for (const { rows } of this.#tracks.values()) rows.cut();
    this.#startClock();
  }

  /** Exchanges clocks anew; rows that wait already go on waiting until there was an exchange. */
  #startClock() {
    const waiting = [...this.#tracks.values()].some(({ rows }) => rows.unsent > 0);
    this.#exchangeBy = waiting ? this.#env.now() + EXCHANGE_MS : 0;
    this.#clock?.start();
  }

  #beat() {
    this.#lookAtClock();
    this.#sendFrame();
    this.#frameTimer = this.#env.setTimeout(() => this.#beat(), this.#frameMs);
  }

  #sendFrame() {
    const ws = this.#ws;
    if (!ws || !this.#clock || ws.bufferedAmount > MAX_BUFFERED_BYTES) return;
    const now = this.#env.now();
    if (now < this.#holdUntil || (!this.#clock.compared && now < this.#exchangeBy)) return;
    let bytes = FRAME_HEADER;
    let blocks = 0;
    for (const { track, rows } of this.#tracks.values()) {
      const written = rows.writeBlock(this.#view, bytes, this.#frameBytes - bytes, track);
      bytes += written;
      if (written > 0) blocks += 1;
    }
    if (blocks === 0) return;
    writeFrameHeader(this.#view, blocks, bytes, now);
    // WebSocket.send copies the bytes before it returns, so the one buffer serves every frame.
    ws.send(new Uint8Array(this.#view.buffer, 0, bytes));
    this.frames += 1;
    this.bytes += bytes;
  }

  /**
   * @param {WebSocket} ws
   * @param {unknown} data
   */
  #receive(ws, data) {
    if (ws !== this.#ws || typeof data !== "string") return;
    const message = JSON.parse(data);
    if (message.type === "ack") this.#acknowledged(message.tracks);
    else if (typeof message.ref === "number") this.#requests.settle(message);
    else if (message.type === "error") this.#complain(errorOf(message));
    else this.#options.onPush?.(message);
  }

  /** @param {Record<string, number>} acked */
  #acknowledged(acked) {
    for (const { track, rows } of this.#tracks.values()) {
      const seq = acked[track];
      if (seq !== undefined) rows.ack(seq);
    }
  }

  /** @param {WireError} error */
  #complain(error) {
    if (error.code === "sequence_gap") {
      for (const { track, rows } of this.#tracks.values()) {
        if (track === error.details.track) rows.resume(Number(error.details.expected));
      }
    } else if (error.retry) {
      this.#holdUntil = this.#env.now() + REFUSED_RETRY_MS;
      for (const { rows } of this.#tracks.values()) rows.rewind();
    }
    this.#options.onError?.(error);
  }

  /**
   * @param {WebSocket} ws
   * @param {number | null} code
   * @param {string} reason
   */
  #lost(ws, code, reason) {
    if (ws !== this.#ws) return;
    if (code !== null && code in FINAL_CLOSES) {
      this.#end(this.#refusal?.message ?? FINAL_CLOSES[code], code, this.#refusal);
      return;
    }
    this.#drop(
      new WireError("connection_lost", "The connection was lost before the answer came.", { retry: true }),
    );
    const longest = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#attempt);
    const retryMs = this.#env.random() * longest; // full jitter: a whole class reconnects spread out
    this.#attempt += 1;
    this.#retryTimer = this.#env.setTimeout(() => this.#open(), retryMs);
    this.#report("waiting", { retryMs, code, reason });
  }

  /**
   * @param {string} reason
   * @param {number | null} code
   * @param {WireError | null} error
   */
  #end(reason, code, error) {
    if (this.#closed) return;
    this.#closed = true;
    this.#drop(new WireError("closed", reason));
    this.#report("closed", { code, reason, error });
  }

  /**
   * Lets go of the socket, its timers and its unanswered requests.
   * @param {WireError} error
   */
  #drop(error) {
    const ws = this.#ws;
    this.#ws = null;
    this.#clock?.stop();
    this.#clock = null;
    this.#env.clearTimeout(this.#frameTimer);
    this.#env.clearTimeout(this.#retryTimer);
    this.#requests.rejectAll(error);
    if (ws) {
      ws.onopen = ws.onmessage = ws.onclose = null;
      ws.close();
    }
  }

  /**
   * @param {ConnectionState["status"]} status
   * @param {Partial<ConnectionState>} more
   */
  #report(status, more) {
    const base = {
      attempt: this.#attempt,
      retryMs: 0,
      code: null,
      reason: "",
      error: null,
      welcome: this.welcome,
    };
    this.#options.onState?.({ status, ...base, ...more });
  }
}
