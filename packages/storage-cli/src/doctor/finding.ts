/**
 * How bad a finding is: an `error` loses data or stops programs; a `warning` may come to that; `info` is only to be known.
 */
export type Severity = 'error' | 'warning' | 'info';

/** The areas that are looked at. */
export type CheckName =
  | 'permissions'
  | 'temporary-files'
  | 'conversations'
  | 'events'
  | 'index'
  | 'settings'
  | 'secrets'
  | 'keys'
  | 'outbox'
  | 'server';

/** Something that was found. */
export interface Finding {
  readonly severity: Severity;
  readonly check: CheckName;
  /** What it is about, in the store. */
  readonly path: string;
  readonly message: string;
  /** What to do about it. */
  readonly advice: string;
  /** Does what is safe about it: nothing is deleted. @returns What was done. */
  readonly fix?: (() => Promise<string>) | undefined;
}
