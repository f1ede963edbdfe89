/**
 * The shapes the console and the report read: those of the wire (wire/messages.js), and the bodies of the REST answers.
 * Types only; nothing here exists at run time.
 */

import type { EventPush, LivePush, PhaseName, PublicScenario, Push, Welcome as WireWelcome } from "../wire/messages.js";

export type { Push };
export type Live = LivePush;
export type Phase = PhaseName;
export type Cause = LivePush["why"][string];
/** A journalled event, as pushed and as in a replay (where `type` is left out). */
export type JournalEvent = Omit<EventPush, "type">;

/** px py pz qx qy qz qw */
export type Pose = [number, number, number, number, number, number, number];

export interface Scenario extends PublicScenario {
  /** Metres to keep from the person, by the person's threat state, where the scenario says so. */
  required_distance?: Record<string, number>;
}

export interface Welcome extends WireWelcome { scenario: Scenario }

export interface Evidence {
  t_start: number;
  t_end: number;
  kind: string;
  observed: unknown;
  expected: unknown;
  points: number;
  text: string;
  alternative: string | null;
  stream: string | null;
}

export type MeasureStatus = "ok" | "insufficient" | "missing" | "invalid" | "not_applicable";

export interface Measure {
  id: string;
  title: string;
  value: number | null;
  unit: string;
  status: MeasureStatus;
  reason: string | null;
  score: number | null;
  weight: number;
  coverage: number | null;
  n: number | null;
  low: number | null;
  high: number | null;
  threshold: string;
  basis: "E" | "C" | "D";
  source: string;
  evidence: Evidence[];
}

export interface Component {
  id: string;
  title: string;
  weight: number;
  status: string;
  score: number | null;
  low: number | null;
  high: number | null;
  measures: Measure[];
}

export interface Report {
  session: {
    id: string;
    scenario: string;
    title: string;
    attempt: number;
    started_at: string;
    duration_s: number;
    outcome: string | null;
  };
  profile: { name: string; version: string; sha256: string };
  software: string;
  statement: string;
  grade: { status: "graded" | "not_graded"; total: number | null; low: number; high: number; reason: string | null };
  components: Component[];
  quality: Record<string, unknown>;
  influenced: { t: number; by: string; what: string }[];
}

/** `GET /api/sessions/{id}/replay`. */
export interface Replay {
  session: string;
  scenario: Scenario;
  hz: number;
  from_t: number;
  t: number[];
  trainee: (Pose | null)[];
  actors: Record<string, (Pose | null)[]>;
  poses: Record<string, { t: number; posture: string; gesture: string; arousal: number }[]>;
  distance: Record<string, (number | null)[]>;
  voice: (number | null)[];
  states: Record<string, (number | null)[]>;
  events: JournalEvent[];
}

/** One session as `GET /api/sessions` lists it. */
export interface Listed {
  id: string;
  code: string;
  phase: Phase;
  attempt: number;
  scenario: { id: string; title: string };
  pseudonym: string | null;
  opened_at: string;
  t: number;
  trainee: { present: boolean; modality: string | null };
  outcome: string | null;
  grade: "none" | "pending" | "ready" | "failed";
}
