/**
 * Critically damped springs: every channel of a pose reaches its target with inertia and without swinging.
 */

export class Springs {
  /** @param {number} channels */
  constructor(channels) {
    this.value = new Float64Array(channels);
    this.speed = new Float64Array(channels);
  }

  /**
   * @param {number} channel
   * @param {number} target
   * @param {number} stiffness 1/s: the target is reached within some 5 / stiffness
   * @param {number} dt seconds
   */
  pull(channel, target, stiffness, dt) {
    // The exact solution of x'' = -2 w x' - w^2 (x - target): stable for any step.
    const offset = this.value[channel] - target;
    const push = (this.speed[channel] + stiffness * offset) * dt;
    const decay = Math.exp(-stiffness * dt);
    this.value[channel] = target + (offset + push) * decay;
    this.speed[channel] = (this.speed[channel] - stiffness * push) * decay;
  }

  /** @param {number} channel @param {number} value */
  jump(channel, value) {
    this.value[channel] = value;
    this.speed[channel] = 0;
  }
}
