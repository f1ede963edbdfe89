/**
 * The REST side of the wire: JSON in, JSON out, and a coded error that says what happened in words.
 * The key never stands in a URL; it goes with each request as a bearer token.
 */

import { capital } from "./format.js";

/** What the server answered instead of what was asked for. `status` 0: no answer at all. */
export class ApiError extends Error {
  /**
   * @param {number} status
   * @param {string} code
   * @param {string} message
   */
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/**
 * @param {string} key console key, or the trainee's code
 * @param {typeof fetch} [fetcher]
 */
export function createApi(key, fetcher = globalThis.fetch.bind(globalThis)) {
  /**
   * @param {string} path
   * @param {RequestInit} [options]
   * @returns {Promise<{status: number, body: any}>}
   */
  async function call(path, options = {}) {
    const headers = { ...options.headers, Authorization: `Bearer ${key}` };
    const response = await fetcher(path, { ...options, headers, cache: "no-store" }).catch(() => {
      throw new ApiError(0, "unreachable", "The server does not answer. Is it running?");
    });
    const body = await response.json().catch(() => ({}));
    if (!response.ok) throw refusal(response.status, body);
    return { status: response.status, body };
  }

  return {
    /** @param {string} path */
    get: (path) => call(path),
    /** @param {string} path @param {unknown} data */
    post: (path, data) =>
      call(path, { method: "POST", body: JSON.stringify(data), headers: { "Content-Type": "application/json" } }),
  };
}

/** @typedef {ReturnType<typeof createApi>} Api */

/**
 * @param {number} status
 * @param {any} body
 * @returns {ApiError}
 */
function refusal(status, body) {
  const known = body?.message ?? body?.reason;
  if (typeof known === "string")
    return new ApiError(status, String(body.code ?? body.status ?? status), sentence(known));
  return new ApiError(status, String(status), `The server answered ${status}.`);
}

/**
 * The server's words are parts of sentences; on a page they stand alone.
 * @param {string} text
 * @returns {string}
 */
export function sentence(text) {
  const whole = capital(text.trim());
  return /[.!?]$/.test(whole) || whole === "" ? whole : `${whole}.`;
}
