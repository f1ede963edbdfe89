/**
 * The shapes the console and the report read: those of the wire (wire/messages.js), and the bodies of the REST answers.
 * Types only; nothing here exists at run time.
 */

import type { EventPush, LivePush, PhaseName, Posture, PublicScenario, Push, Welcome as WireWelcome } from "../wire/messages.js";

export type { Push };
export type Live = LivePush;
export type Phase = PhaseName;
export type Cause = LivePush["why"][string];
/** A journalled event, as pushed and as in a replay (where `type` is left out). */
export type JournalEvent = Omit<EventPush, "type">;

/** px py pz qx qy qz qw */
export type Pose = [number, number, number, number, number, number, number];

export interface Scenario extends PublicScenario {
  /** The actor the scenario is about. */
  person?: string;
  /** Threat state of each node of a region, where the author declared one. */
  threats?: Record<string, Record<string, string>>;
  /** Metres to keep from the person, by threat state. */
  distance?: Record<string, number>;
  /** The state the outcome is read from, and where it should go. */
  goal?: { state: string; direction: "down" | "up" };
  /** Each outcome as the author tells it. */
  outcomes?: Record<string, { text: string }>;
}

export interface Welcome extends WireWelcome { scenario: Scenario }

/** One moment; times on the session's clock. */
export interface Evidence {
  t_start: number;
  t_end: number;
  kind: string;
  observed: number | null;
  expected: number;
  unit: string;
  /** Of the measure's 100, zero or less. */
  points: number;
  /** Of the total's 100; null where there is no total. */
  total_points: number | null;
  text: string;
  alternative: string;
  stream: string;
  /** An instructor had a hand in what happened. */
  steered: boolean;
}

export type MeasureStatus = "ok" | "insufficient" | "missing" | "invalid" | "not_applicable";

export interface Measure {
  id: string;
  title: string;
  /** null with status ok: what was expected was never done. */
  value: number | null;
  unit: string;
  status: MeasureStatus;
  reason: string | null;
  score: number | null;
  weight: number;
  coverage: number;
  n: number;
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
  /** Relative to the other components. */
  weight: number;
  status: "ok" | "insufficient" | "not_applicable" | "not_graded";
  score: number | null;
  low: number | null;
  high: number | null;
  measures: Measure[];
}

/** One gap of a stream: `t_start` and `t_end` of the rows beside it. */
export interface Gap {
  t_start: number;
  t_end: number;
  missing: number;
  /** declared, lost, silent, asleep, pruned */
  cause: string;
  /** Of a declared one, in the client's word. */
  reason: string;
}

/** Milliseconds; null where there is no bound. */
export interface Spread { median: number | null; p95: number | null; worst: number | null }

export interface StreamQuality {
  stream: string;
  label: string;
  /** Whose: "server" for its own streams. */
  station: string;
  verdict: "good" | "limited" | "poor" | "none";
  /** Sentences that say what the verdict rests on. */
  why: string[];
  rows: number;
  implausible: number;
  nominal_hz: number;
  rate_hz: number | null;
  coverage: number;
  missing: number;
  declared: number;
  gaps: { count: number; seconds: number; longest_s: number; longest: Gap[] };
  clock_ms: Spread | null;
  epochs: number;
  lag_ms: Spread | null;
  clipped: number | null;
  worn: number | null;
  visible: number | null;
}

/** What a report rests on (telemetry/quality/document.py). */
export interface Quality {
  seconds: number;
  streams: StreamQuality[];
  damage: { places: number; bytes: number; unplaced_places: number; unplaced_bytes: number };
}

/** Something an instructor did; what `steers` made the session another one up to `until`. */
export interface Influence { t: number; until: number; by: string; what: string; steers: boolean }

/** The graded report (scoring/document.py). */
export interface Report {
  session: {
    id: string;
    scenario: string;
    title: string;
    attempt: number;
    /** How many attempts the session had. */
    attempts: number;
    /** Scenario time at which this one began, and at which moment, in words. */
    from_ms: number;
    began: string;
    started_at: string;
    duration_s: number;
    outcome: string | null;
  };
  profile: { name: string; version: string; sha256: string };
  software: string;
  statement: string;
  grade: { status: string; total: number | null; low: number; high: number; reason: string | null; precision: string };
  components: Component[];
  quality: Quality;
  influenced: Influence[];
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
  poses: Record<string, { t: number; posture: Posture; gesture: string; arousal?: number }[]>;
  distance: Record<string, (number | null)[]>;
  voice: (number | null)[];
  states: Record<string, (number | null)[]>;
  events: JournalEvent[];
}

/** One session as `GET /api/sessions` lists it; a stored one has no code and no clock. */
export interface Listed {
  id: string;
  scenario: string;
  title: string;
  phase: Phase;
  opened_at: string;
  pseudonym: string;
  live: boolean;
  code: string | null;
  trainee_present?: boolean;
  t?: number;
  ms?: number;
  total: number | null;
  grade: string | null;
  /** Of a live one, asked for by itself: its version of the scenario, and what is wrong with a newer one. */
  version?: { sha256: string; newer: boolean; faults: string[] };
}

/** One entry of `GET /api/scenarios`. */
export interface Shipped { id: string; title: string; reviewed: boolean; locales: string[] }
