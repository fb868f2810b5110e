/** What a sender is to do; its only argument, as JSON. */
export interface SenderTask {
  /** Directory of the store whose changes are told. */
  readonly root: string;
  /** Directory of the outbox. */
  readonly outbox: string;
  readonly baseUrl: string;
  /** Where it says what it begins and what was acknowledged. */
  readonly log: string;
  readonly form: 'plain' | 'batched';
  /** Acknowledged changes in all, over all its lives. */
  readonly changes: number;
  readonly directories: number;
  readonly filesInEach: number;
  readonly seed: number;
}
