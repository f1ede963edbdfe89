/** Models bodies away from the page's thread: a body takes about a second, a frame has 16 ms. */

import { buildBody } from "./body.js";

self.onmessage = (
  /** @type {MessageEvent<{id: number, look: import("./looks.js").Look, detail: import("./body.js").Detail}>} */ event,
) => {
  const { id, look, detail } = event.data;
  const body = buildBody(look, detail);
  const buffers = Object.values(body.arrays).map((array) => /** @type {ArrayBuffer} */ (array.buffer));
  /** @type {any} */ (self).postMessage({ id, body }, buffers);
};
