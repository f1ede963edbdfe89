/**
 * What a connection needs from its surroundings; tests pass their own.
 *
 * `now` is monotonic and `wall` the wall clock, both in milliseconds.
 * @typedef {{WebSocket: new (url: string) => WebSocket, now: () => number, wall: () => number, random: () => number,
 *   setTimeout: (f: () => void, ms: number) => unknown, clearTimeout: (timer: unknown) => void}} Env
 */

/** @returns {Env} */
export function browserEnv() {
  return {
    WebSocket,
    now: () => performance.now(),
    wall: () => Date.now(),
    random: Math.random,
    setTimeout: (f, ms) => setTimeout(f, ms),
    clearTimeout: (timer) => clearTimeout(/** @type {number} */ (timer)),
  };
}

/** The WebSocket URL beside the page's own address. */
export function pageSocketUrl() {
  const url = new URL("/ws", location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}

/** crypto.randomUUID exists only in secure contexts; a station on a local network may not be one. */
export function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
