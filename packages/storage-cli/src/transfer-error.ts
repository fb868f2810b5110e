import { formatCount } from './format-count.ts';
/** Some files of a transfer were left as they are; each was named. */
export class TransferError extends Error {
  override readonly name: string = 'TransferError';

  /** @param failed How many. */
  constructor(failed: number) {
    super(`[incomplete] ${formatCount(failed, 'file')} failed, named above; run it again to go on`);
  }
}
