/** What is known of the batch that notices belong to. */
export interface BatchPart {
  /** Failed attempts for the whole batch and for larger parts of it, with these notices in them. */
  readonly attempts: number;
  /** Shared by all parts of a batch. */
  readonly batch: { hasRefusedNotice: boolean };
}

/** A batch of which nothing was refused yet. */
export function wholeBatch(): BatchPart {
  return { attempts: 0, batch: { hasRefusedNotice: false } };
}

/** Notices that may be refused one by one, with nothing accepted between them, before a receiver counts as one that refuses everything. */
const maxRefusedNotices = 16;

/**
 * Decides which refused batches are sent again in halves, so that a notice which the receiver finds fault with takes no others along.
 *
 * k such notices among n cost some 2 k log2(n / k) requests more. A receiver that refuses everything gets at most 2 log2(n) of a batch: when
 * one notice of it was refused alone, parts that are refused are given up whole, until something is accepted.
 */
export class RefusedBatches {
  #refusedNotices = 0;

  /** Whether these notices are sent again in two parts when the receiver refuses them together. */
  mayDivide({ batch }: BatchPart, notices: number): boolean {
    return notices > 1 && (this.#refusedNotices < maxRefusedNotices || !batch.hasRefusedNotice);
  }

  /** The receiver has taken something. */
  onAccepted(): void {
    this.#refusedNotices = 0;
  }

  /** The receiver has refused one notice by itself. */
  onRefusedAlone({ batch }: BatchPart): void {
    this.#refusedNotices += 1;
    batch.hasRefusedNotice = true;
  }
}
