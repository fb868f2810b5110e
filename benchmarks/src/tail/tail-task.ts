/** How a reader in another process learns of events. */
export type TailTask =
  | { readonly how: 'tail'; readonly root: string; readonly count: number }
  | { readonly how: 'poll'; readonly directory: string; readonly everyMs: number; readonly count: number };

/** The conversation that is followed. */
export const tailedConversation = 'tailed';

/** Milliseconds of the clock that all processes of a machine share. */
export function sharedClockMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
