/** What something is done for: named in errors, ended by its signal. */
export interface Operation {
  /** The path in the store. */
  readonly path: string;
  readonly signal?: AbortSignal | undefined;
}
