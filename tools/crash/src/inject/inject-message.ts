import type { Durability } from './scenario.ts';

/** The file that the same store writes afterwards. */
export const probePath = 'probe';

/** What the harness asks of a worker. */
export type InjectRequest =
  | { readonly kind: 'prepare'; readonly scenario: string; readonly durability: Durability; readonly root: string }
  | { readonly kind: 'act' }
  | { readonly kind: 'finish'; readonly area: string; readonly leaked: readonly number[] };

/** How the operation ended, as its caller sees it. */
export type ActOutcome = { readonly kind: 'done'; readonly result: string | undefined } | ({ readonly kind: 'failed' } & SeenError);

/** What a caller sees of an error. */
export interface SeenError {
  /** Whether it is a `FileStoreError`. */
  readonly isStoreError: boolean;
  readonly code: string | undefined;
  readonly path: string | undefined;
  readonly message: string;
}

/** What the same store can do afterwards. */
export interface Aftermath {
  /** How a further write ended; `undefined` when the store was closed by the operation. */
  readonly probe: ActOutcome | undefined;
  /** How closing it ended. */
  readonly close: ActOutcome;
  /** The files of the run that it then still had open, by where they are. */
  readonly leftOpen: readonly string[];
}
