/** The training station: the page at /station#<code>. */

import { Station } from "./station.js";

const station = new Station({
  canvas: /** @type {HTMLCanvasElement} */ (document.getElementById("scene")),
  hud: /** @type {HTMLElement} */ (document.getElementById("hud")),
  panel: /** @type {HTMLElement} */ (document.getElementById("panel")),
});

/**
 * A look inside for end-to-end tests and for support; nothing can be changed through it.
 *   phase, screen ("join", "consent", "calibration", "briefing", "running", "debrief" ...), pose (px py pz qx qy qz qw),
 *   distance {actor: m}, voice (latest row) or null, streams {stream: {next, acked, refused}}, quality, frames.
 */
Object.defineProperty(window, "talkdown", { value: station.debug(), enumerable: true });

station.start();
