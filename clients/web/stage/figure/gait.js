/**
 * Where the feet stand. Each foot is planted in the world and does not slide; it takes a step when the body
 * has moved or turned away from it, one foot at a time. Standing, pacing, turning, side steps and backing
 * off are all the same rule. Pure; metres, radians, seconds; no allocation after construction.
 */

/** Feet this far to the side of the middle. */
const HALF_STANCE = 0.105;
/** A standing person shifts a foot when it is this far from where it belongs. */
const STANDING_ERROR = 0.11;
const TURN_ERROR = 0.5;
/** Faster than this a person walks: feet take turns without a rest. */
const WALKING = 0.12;
const TOE_OUT = 0.14;
/** A foot is set down where the body will be after this many steps: half a stance ahead of it. */
const LEAD = 1.45;
/** Share of a step after which its goal is fixed. */
const COMMITTED = 0.65;
/** How far a foot goes in beyond its own side. */
const MOST_CROSSING = 0.09;
/** A foot that is left further behind was left by a jump, not by a step. */
const LOST = 0.85;

/**
 * @typedef {{x: number, z: number, yaw: number, lift: number, pitch: number, moving: boolean,
 *   fromX: number, fromZ: number, fromYaw: number, toX: number, toZ: number, toYaw: number, at: number,
 *   side: number}} Foot
 *   lift: metres above the floor; pitch: heel up is positive, radians
 */

/** @param {number} side @returns {Foot} */
function foot(side) {
  return {
    x: 0,
    z: 0,
    yaw: 0,
    lift: 0,
    pitch: 0,
    moving: false,
    fromX: 0,
    fromZ: 0,
    fromYaw: 0,
    toX: 0,
    toZ: 0,
    toYaw: 0,
    at: 0,
    side,
  };
}

export class Gait {
  right = foot(1);
  left = foot(-1);
  /** Whose turn it is while walking. */
  #next = this.right;
  #width;

  /** @param {number} width factor on the distance between the feet */
  constructor(width = 1) {
    this.#width = width;
  }

  /**
   * Both feet under the body, at once.
   * @param {number} x
   * @param {number} z
   * @param {number} yaw
   * @param {number} forward
   */
  place(x, z, yaw, forward = 0) {
    for (const f of [this.right, this.left]) {
      this.#aim(f, x, z, yaw, 0, 0, forward, 0);
      f.x = f.toX;
      f.z = f.toZ;
      f.yaw = f.toYaw;
      f.lift = f.pitch = 0;
      f.moving = false;
    }
  }

  /**
   * @param {number} dt
   * @param {number} x body @param {number} z
   * @param {number} yaw of the body, about +y, 0 looks along -z
   * @param {number} vx m/s @param {number} vz
   * @param {number} forward where the feet belong before the body: sitting, some 0.35 m
   */
  update(dt, x, z, yaw, vx, vz, forward = 0) {
    const speed = Math.hypot(vx, vz);
    const duration = Math.max(0.34, 0.58 - 0.11 * speed);
    for (let i = 0; i < 2; i++) {
      const f = i === 0 ? this.right : this.left;
      // A foot in the air still follows a change of mind, until it is about to come down.
      const ahead = speed > WALKING ? (LEAD - f.at) * duration : 0;
      if (f.moving && f.at < COMMITTED) this.#aim(f, x, z, yaw, vx, vz, forward, ahead);
      this.#swing(f, dt, duration, speed);
    }
    if (this.right.moving || this.left.moving) return;
    const lead = speed > WALKING ? LEAD * duration : 0;
    const right = this.#error(this.right, x, z, yaw, forward);
    const left = this.#error(this.left, x, z, yaw, forward);
    if (Math.max(right, left) > LOST / STANDING_ERROR) {
      this.place(x, z, yaw, forward);
      return;
    }
    let chosen = right > left ? this.right : this.left;
    if (speed > WALKING)
      chosen = Math.max(right, left) > 2.5 * Math.min(right, left) + 1 ? chosen : this.#next;
    else if (Math.max(right, left) < 1) return;
    this.#start(chosen, x, z, yaw, vx, vz, forward, lead);
  }

  /**
   * @param {Foot} f
   * @param {number} x
   * @param {number} z
   * @param {number} yaw
   * @param {number} vx
   * @param {number} vz
   * @param {number} forward
   * @param {number} lead
   */
  #start(f, x, z, yaw, vx, vz, forward, lead) {
    f.fromX = f.x;
    f.fromZ = f.z;
    f.fromYaw = f.yaw;
    f.at = 0;
    f.moving = true;
    this.#aim(f, x, z, yaw, vx, vz, forward, lead);
    this.#next = f === this.right ? this.left : this.right;
  }

  /**
   * Where a foot belongs.
   * @param {Foot} f
   * @param {number} x
   * @param {number} z
   * @param {number} yaw
   * @param {number} vx
   * @param {number} vz
   * @param {number} forward
   * @param {number} lead
   */
  #aim(f, x, z, yaw, vx, vz, forward, lead) {
    const sideways = (vx * Math.cos(yaw) - vz * Math.sin(yaw)) * lead;
    // Walking sideways, the one foot steps out and the other up to it: legs do not cross.
    const limit = sideways * f.side < 0 ? Math.max(0, Math.abs(sideways) - MOST_CROSSING) * f.side : 0;
    const across = f.side * HALF_STANCE * this.#width + limit;
    f.toX = x + vx * lead + across * Math.cos(yaw) - forward * Math.sin(yaw);
    f.toZ = z + vz * lead - across * Math.sin(yaw) - forward * Math.cos(yaw);
    f.toYaw = yaw - f.side * TOE_OUT;
  }

  /**
   * How badly a foot stands: 1 is worth a step.
   * @param {Foot} f
   * @param {number} x
   * @param {number} z
   * @param {number} yaw
   * @param {number} forward
   */
  #error(f, x, z, yaw, forward) {
    this.#aim(f, x, z, yaw, 0, 0, forward, 0);
    const away = Math.hypot(f.toX - f.x, f.toZ - f.z) / STANDING_ERROR;
    return Math.max(away, Math.abs(turn(f.yaw, f.toYaw)) / TURN_ERROR);
  }

  /** @param {Foot} f @param {number} dt @param {number} duration @param {number} speed */
  #swing(f, dt, duration, speed) {
    if (!f.moving) return;
    f.at = Math.min(1, f.at + dt / duration);
    const t = f.at * f.at * (3 - 2 * f.at);
    f.x = f.fromX + (f.toX - f.fromX) * t;
    f.z = f.fromZ + (f.toZ - f.fromZ) * t;
    f.yaw = f.fromYaw + turn(f.fromYaw, f.toYaw) * t;
    const high = 0.035 + 0.045 * Math.min(1, speed);
    f.lift = high * Math.sin(Math.PI * f.at);
    f.pitch =
      0.55 *
      Math.min(1, speed) *
      (Math.sin(Math.PI * Math.min(1, f.at * 1.6)) -
        0.55 * Math.sin(Math.PI * Math.max(0, (f.at - 0.55) / 0.45)));
    if (f.at === 1) {
      f.moving = false;
      f.lift = f.pitch = 0;
    }
  }
}

/** The short way from one angle to another, radians. @param {number} from @param {number} to */
export function turn(from, to) {
  const d = (to - from) % (2 * Math.PI);
  return d > Math.PI ? d - 2 * Math.PI : d < -Math.PI ? d + 2 * Math.PI : d;
}
