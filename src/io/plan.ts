/** The durable, append-only list of a job's inputs, cut into parts. */
import type { Cursor, Entry } from './source.js';

/** A fixed range of the plan: unit of dispatch, retry and commit. Never split, never changed. */
export interface Part {
  /** From 1; `data/part-00001.parquet`. */
  readonly number: number;
  /** Index of its first input. */
  readonly first: number;
  readonly count: number;
}

/** `_plan/000001.json` and so on. Whoever loses the creation adopts the winner's and goes on from its cursor. */
export interface PlanSegment {
  /** From 1. */
  readonly number: number;
  /** Index of its first entry. */
  readonly first: number;
  readonly entries: readonly Entry[];
  readonly parts: readonly Part[];
  /** Place of the listing after the last entry. */
  readonly cursor: Cursor;
}

/** `_plan/end.json`: fixes how many inputs were accepted. */
export interface PlanEnd {
  readonly segments: number;
  readonly parts: number;
  readonly accepted: number;
  /** Files that the listing passed over. */
  readonly ignored: number;
}
