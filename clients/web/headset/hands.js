/**
 * Both hands as rows of `hand_pose.left` and `hand_pose.right`: the grip of a controller, or of a hand that is tracked
 * without one, in the scene's frame, once per frame.
 *
 * `tracked` is 1 where the device sees it. Where it only has an estimate (XRPose.emulatedPosition) that estimate is
 * recorded with 0; where it has none, the last known pose with 0. There are rows only while the device lists such an
 * input source: nothing is made up about a hand that was never seen.
 */

/** px py pz qx qy qz qw tracked. */
const COLUMNS = 8;
const TRACKED = 7;

/**
 * @typedef {import("./tracking-space.js").TrackingSpace} TrackingSpace
 * @typedef {(stream: string, ms: number, row: Float64Array) => void} OnRow the row is used again
 */

class Hand {
  row = new Float64Array(COLUMNS);
  /** A pose has been seen since the input source appeared. */
  known = false;
  /** @type {XRInputSource | null} */
  source = null;

  /** @param {"left" | "right"} side */
  constructor(side) {
    this.side = side;
    this.stream = `hand_pose.${side}`;
  }
}

export class Hands {
  #hands = [new Hand("left"), new Hand("right")];
  #space;
  #onRow;

  /** @param {TrackingSpace} space @param {OnRow} onRow */
  constructor(space, onRow) {
    this.#space = space;
    this.#onRow = onRow;
  }

  /**
   * Takes what this frame knows; ours allocates nothing.
   * @param {XRFrame} frame
   * @param {XRReferenceSpace} reference
   * @param {number} ms for when its poses hold, not decreasing
   */
  sample(frame, reference, ms) {
    for (let i = 0; i < this.#hands.length; i++) {
      const hand = this.#hands[i];
      const source = gripOf(frame.session.inputSources, hand.side);
      if (source !== hand.source) {
        hand.source = source;
        hand.known = false;
      }
      if (source?.gripSpace) this.#take(hand, frame.getPose(source.gripSpace, reference), ms);
    }
  }

  /** @param {Hand} hand @param {XRPose | undefined} pose @param {number} ms */
  #take(hand, pose, ms) {
    if (pose) {
      this.#space.toScene(pose.transform, hand.row);
      hand.known = true;
    }
    if (!hand.known) return;
    hand.row[TRACKED] = pose && !pose.emulatedPosition ? 1 : 0;
    this.#onRow(hand.stream, ms, hand.row);
  }
}

/** @param {XRInputSourceArray} sources @param {"left" | "right"} side @returns {XRInputSource | null} */
function gripOf(sources, side) {
  for (let i = 0; i < sources.length; i++) {
    const source = sources[i];
    if (source.handedness === side && source.gripSpace) return source;
  }
  return null;
}
