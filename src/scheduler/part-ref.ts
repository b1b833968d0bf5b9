/** What the scheduler knows of a part: a range of the plan and what it weighs. */
export interface PartRef {
  /** From 1. */
  readonly number: number;
  /** Index of its first input. */
  readonly first: number;
  readonly count: number;
  /** Expected work in any unit that is the same for all parts of a job (pixels or bytes). */
  readonly cost: number;
}
