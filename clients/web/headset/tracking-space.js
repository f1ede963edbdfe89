/**
 * Where the headset's tracking space stands in the scene: on its floor, turned about y only. Everything that is
 * tracked goes through here on its way into the record, so that head and hands are in one frame. Pure.
 */

/**
 * @typedef {{x: number, y: number, z: number}} Vec
 * @typedef {{position: Vec, orientation: Vec & {w: number}}} Transform as WebXR's XRRigidTransform
 */

export class TrackingSpace {
  /** Metres and radians. */
  x = 0;
  z = 0;
  yaw = 0;

  /**
   * A tracked pose in the scene's frame. Allocates nothing.
   * @param {Transform} transform
   * @param {Float64Array} row gets px py pz qx qy qz qw in its first seven places
   */
  toScene(transform, row) {
    const p = transform.position;
    const q = transform.orientation;
    const c = Math.cos(this.yaw);
    const s = Math.sin(this.yaw);
    row[0] = this.x + p.x * c + p.z * s;
    row[1] = p.y;
    row[2] = this.z - p.x * s + p.z * c;
    const hs = Math.sin(this.yaw / 2);
    const hc = Math.cos(this.yaw / 2);
    row[3] = hc * q.x + hs * q.z;
    row[4] = hc * q.y + hs * q.w;
    row[5] = hc * q.z - hs * q.x;
    row[6] = hc * q.w - hs * q.y;
  }

  /** Turns about a point of the scene: what is there stays there. @param {number} angle @param {number} x @param {number} z */
  turnAbout(angle, x, z) {
    const c = Math.cos(angle);
    const s = Math.sin(angle);
    const ox = this.x - x;
    const oz = this.z - z;
    this.x = x + ox * c + oz * s;
    this.z = z - ox * s + oz * c;
    this.yaw += angle;
  }

  /** A point of the scene's floor in the tracking space. @param {number} x @param {number} z @returns {[number, number]} */
  local(x, z) {
    const [dx, dz] = [x - this.x, z - this.z];
    const [c, s] = [Math.cos(this.yaw), Math.sin(this.yaw)];
    return [dx * c - dz * s, dx * s + dz * c];
  }
}
