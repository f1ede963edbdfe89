/** The training station: the page at /station#<code>. */

import { Station } from "./station.js";

const station = new Station({
  canvas: /** @type {HTMLCanvasElement} */ (document.getElementById("scene")),
  hud: /** @type {HTMLElement} */ (document.getElementById("hud")),
  panel: /** @type {HTMLElement} */ (document.getElementById("panel")),
});

/**
 * A look inside for end-to-end tests and support; every reading is a copy, nothing can be changed through it:
 *   phase; screen ("join", "connecting", "consent", "wait", "calibration", "calibrated", "briefing", "rejoin",
 *   "running", "frozen", "debrief", "closed"); pose (px py pz qx qy qz qw); distance {actor: m}; voice (the latest row)
 *   or null; calibration; streams {stream: {next, acked, lost} or null}; sent {frames, bytes}; quality; frames (drawn).
 */
const look = Object.freeze(
  Object.defineProperties(
    {},
    Object.fromEntries(
      Object.keys(station.look()).map((name) => [
        name,
        { enumerable: true, get: () => /** @type {Record<string, unknown>} */ (station.look())[name] },
      ]),
    ),
  ),
);
Object.defineProperty(window, "talkdown", { value: look, enumerable: true });

void station.start();
