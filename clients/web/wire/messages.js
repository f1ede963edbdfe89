/**
 * The messages of PROTOCOL.md as types, its close codes, and the one error a request can fail with.
 *
 * @typedef {"trainee" | "instructor"} Role
 * @typedef {"lobby" | "briefing" | "running" | "frozen" | "debrief" | "closed"} PhaseName
 * @typedef {"browser" | "headset" | "bot"} Modality
 *
 * @typedef {{name: string, modality: Modality}} Client
 * @typedef {{role: "trainee", code: string, client: Client, streams: Record<string, number>, run?:
 *   string}} TraineeHello
 * @typedef {{role: "instructor", key: string, session: string, client: Client, streams: Record<string,
 *   number>,
 *   run?: string}} InstructorHello
 * @typedef {TraineeHello | InstructorHello} Hello  `run` is made here, once per page load, when not given
 *
 * @typedef {{id: string, label: string, center: Vec3, size: Vec3}} CoverBox
 * @typedef {CoverBox & {kind: string}} Hazard  not solid
 * @typedef {{setting: string, bounds: {x: [number, number], z: [number, number]}, cover: CoverBox[],
 *   hazards: Hazard[], starts: Record<string, {at: [number, number], yaw: number}>}} Scene  metres; yaw in degrees about +y
 * @typedef {{name: string, role: string, look?: string | null}} ActorInfo
 * @typedef {{key: string, text: string}} Labelled
 * @typedef {{actor: string, text: string, audio: string | null}} Line
 * @typedef {{id: string, title: string, briefing: string, warnings: {topic: string, level: string}[],
 *   reviewed: boolean, locale: string, scene: Scene, actors: Record<string, ActorInfo>,
 *   choices: Record<string, Labelled>, radio: Record<string, Labelled>, acts: Record<string, Labelled>,
 *   lines: Record<string, Line>, injects?: Record<string, Labelled>, said?: Record<string, Labelled>,
 *   regions?: Record<string, string[]>, states?: Record<string, {low: number, high: number}>,
 *   signals?: unknown}} PublicScenario
 *
 * @typedef {{track: number, stream: string, label?: string, columns: string[], rate: number, next_seq: number}} TrackInfo
 * @typedef {{name: string, unit: string, description: string}} Sensor  a body sensor that the agency has declared
 * @typedef {{accepted: boolean, baseline_lufs: number | null, noise_lufs: number | null, snr_db: number |
 *   null,
 *   speech_s: number, clipped: number, reasons: string[]}} CalibrationResult
 * @typedef {{type: "welcome", ref: number, protocol: number, you: {id: string, role: Role},
 *   session: {id: string, phase: PhaseName, attempt: number, t: number, ms: number}, tracks: TrackInfo[],
 *   scenario: PublicScenario, calibration: CalibrationResult | null, sensors?: Sensor[],
 *   limits: {message_bytes: number, frame_ms: number}}} Welcome
 *
 * @typedef {[number, number, number]} Vec3
 * @typedef {[number, number, number, number]} Quat
 * @typedef {"standing" | "sitting" | "crouching"} Posture
 * @typedef {{p: Vec3, q: Quat, posture: Posture, gesture: string, arousal: number, speed: number}} ActorPose
 *
 * @typedef {{type: "phase", phase: PhaseName, t: number, ms: number, reason: string | null}} PhasePush
 * @typedef {{type: "stage", t: number, ms: number, actors: Record<string, ActorPose>}} StagePush
 * @typedef {{type: "say", event: number, t: number, actor: string, line: string, text: string,
 *   audio: string | null}} SayPush
 * @typedef {{type: "play", event: number, t: number, region: string,
 *   media: Record<string, string | boolean>}} PlayPush  shown until the region's next one
 * @typedef {{type: "choices", offered: string[]}} ChoicesPush
 * @typedef {{type: "radio", request: string, status: string}} RadioPush
 * @typedef {{type: "ack", tracks: Record<string, number>}} AckPush
 * @typedef {{type: "live", t: number, ms: number, pose: number[] | null,
 *   voice: {loudness: number, relative: number | null, speaking: boolean} | null,
 *   distance: Record<string, number>, states: Record<string, number>,
 *   why: Record<string, {label: string, rate: number, t: number}>, nodes: Record<string, string>,
 *   headset?: HeadsetState | null, recording: Recording}} LivePush
 * @typedef {{worn: number, visible: number}} HeadsetState  as in the stream `headset_state`
 * @typedef {{state: string, behind_s: number, failing?: string | null, full?: boolean}} Recording
 * @typedef {{type: "event", seq: number, t: number, ms: number | null, actor: string, kind: string,
 *   data: Record<string, unknown>}} EventPush
 * @typedef {{type: "attempt", attempt: number, checkpoint: number, t: number, ms: number}} AttemptPush
 * @typedef {{type: "scenario", scenario: PublicScenario}} ScenarioPush
 * @typedef {"start" | "branch" | "mark" | "flag"} Why
 * @typedef {{checkpoint: number, attempt: number, t: number, ms: number, why: Why, node: string, label: string}} Checkpoint
 * @typedef {{type: "checkpoints", checkpoints: Checkpoint[]}} CheckpointsPush
 * @typedef {{rule: string, to: {node: string, weight: number}[], label: string, when: string, held: boolean,
 *   holds: boolean | null, due_ms: number | null}} Way
 * @typedef {{type: "ways", regions: Record<string, Way[]>}} WaysPush
 * @typedef {{type: "grade", status: "pending" | "ready" | "failed", reason: string | null}} GradePush
 * @typedef {PhasePush | StagePush | SayPush | PlayPush | ChoicesPush | RadioPush | AckPush | LivePush | EventPush
 *   | AttemptPush | ScenarioPush | CheckpointsPush | WaysPush | GradePush} Push
 *
 * @typedef {{type: string, ref: number} & Record<string, unknown>} Answer  an `ok`, `clock` or `welcome`
 */

export const PROTOCOL = 1;

/** Close codes after which this client does not come back, with what to tell the user. */
export const FINAL_CLOSES = /** @type {Readonly<Record<number, string>>} */ ({
  4001: "This session was opened in another tab or device.",
  4002: "This page and the server do not speak the same protocol version. Reload the page.",
  4003: "The server refused this code or key.",
  4010: "The session is over.",
});

/**
 * A request that was not done: the server's coded answer, or one of ours:
 * `not_connected`, `connection_lost` (it may or may not have been done), `timeout`, `closed`.
 */
export class WireError extends Error {
  /**
   * @param {string} code
   * @param {string} message
   * @param {{retry?: boolean, details?: Record<string, unknown>}} [more] retry: the same request may
   *   succeed later
   */
  constructor(code, message, { retry = false, details = {} } = {}) {
    super(message);
    this.name = "WireError";
    this.code = code;
    this.retry = retry;
    this.details = details;
  }
}
