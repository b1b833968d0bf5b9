/**
 * What happened, told by the driver. `now` is milliseconds on any clock that never goes back; the scheduler has no other
 * notion of time. Events may be repeated, late and in any order: a part is known by its number, an attempt by part and
 * attempt number, and what is no longer true changes nothing.
 */
import type { FailureClass } from '../base/errors.js';
import type { PartRef } from './part-ref.js';

interface At {
  readonly now: number;
}

interface OfAttempt extends At {
  readonly part: number;
  /** The number that `dispatch` gave. */
  readonly attempt: number;
  readonly node: string;
}

/** A node is here with so many slots, or has another number of slots now. 0: it takes nothing new (drain). */
export interface NodeJoined extends At {
  readonly type: 'node_joined';
  readonly node: string;
  /** Parts that it runs at once. */
  readonly slots: number;
}

/** Gone or thought dead. What ran there failed; should it commit all the same, the commit counts. */
export interface NodeLeft extends At {
  readonly type: 'node_left';
  readonly node: string;
}

/** A part stands durably in the plan. Nothing is dispatched before. */
export interface PartPlanned extends At {
  readonly type: 'part_planned';
  readonly part: PartRef;
}

export interface PlanEnded extends At {
  readonly type: 'plan_ended';
  readonly parts: number;
  /** Inputs in all parts. */
  readonly accepted: number;
}

/** The part's final file exists. Found at the start, or made by somebody unknown: attempt and node are null. */
export interface PartCommitted extends At {
  readonly type: 'part_committed';
  readonly part: number;
  readonly attempt: number | null;
  readonly node: string | null;
}

/**
 * The attempt is over without a commit, its runner fell silent, or it stopped after `cancel_attempt` (then it isn't
 * counted, whatever its class).
 */
export interface AttemptFailed extends OfAttempt {
  readonly type: 'attempt_failed';
  readonly class: FailureClass;
  readonly message: string;
}

/** A draining node gives a part back. Not counted; the node gets nothing new until it joins again. */
export interface HandedBack extends OfAttempt {
  readonly type: 'handed_back';
}

/** A source as a whole is away (mount gone, credentials rejected): the job pauses, then fails. */
export interface SourceAway extends At {
  readonly type: 'source_away';
  readonly message: string;
}

export interface SourceBack extends At {
  readonly type: 'source_back';
}

export interface Cancel extends At {
  readonly type: 'cancel';
}

/** Time has passed: see `nextTick`. Early, late and superfluous ticks are harmless. */
export interface Tick extends At {
  readonly type: 'tick';
}

export type JobEvent =
  | NodeJoined
  | NodeLeft
  | PartPlanned
  | PlanEnded
  | PartCommitted
  | AttemptFailed
  | HandedBack
  | SourceAway
  | SourceBack
  | Cancel
  | Tick;
