import { hostname } from 'node:os';
import { acquireLease, type FileStore, FileStoreError, hasErrorCode, type Lease } from '@oh/file-store-core';
import { outboxDirectory, readOutboxes } from '@oh/storage';
import { formatCount } from '../format-count.ts';

/** How long a command that was killed is waited for, in milliseconds. */
const ttlMs = 10_000;

/** How long one that still runs is waited for, in milliseconds. */
const waitMs = 120_000;

/** What {@link OutboxTurns} work with. */
export interface OutboxTurnsOptions {
  readonly signal: AbortSignal;
  /** Tells people something. */
  note(message: string): void;
}

/** An outbox that this run has to itself. */
interface OutboxTurn {
  readonly files: FileStore;
  readonly lease: Lease;
}

/**
 * Lets the commands on one computer have their outbox one after the other: whoever opens one takes it over, and the one before can change nothing any more.
 *
 * Servers do not wait for each other: the next one has to go on at once with what a killed one has left.
 */
export class OutboxTurns {
  readonly #options: OutboxTurnsOptions;
  readonly #turns = new Map<string, OutboxTurn>();

  constructor(options: OutboxTurnsOptions) {
    this.#options = options;
  }

  /**
   * Waits until no other command has an outbox of the store; it is this run's until {@link end}.
   *
   * @throws {FileStoreError} `unavailable` when another command has it for two minutes; what the store throws.
   */
  async take(files: FileStore, outbox: string): Promise<void> {
    if (!this.#turns.has(outbox)) {
      this.#turns.set(outbox, { files, lease: await this.#acquire(files, outbox) });
    }
  }

  /** Tells what has not been delivered, and lets the next command have the outboxes. */
  async end(): Promise<void> {
    for (const [outbox, { files, lease }] of this.#turns) {
      this.#turns.delete(outbox);
      try {
        await this.#tellLeft(files, outbox);
      } finally {
        await lease.release();
      }
    }
  }

  async #acquire(files: FileStore, outbox: string): Promise<Lease> {
    const { signal, note } = this.#options;
    const path = `${outboxDirectory}/${outbox}/lease.json`;
    const options = { owner: `oh-storage, process ${process.pid} on ${hostname()}`, ttlMs, signal };
    try {
      return await acquireLease(files, path, options);
    } catch (error) {
      passIfHeld(error);
    }
    note(`another command has the outbox ${JSON.stringify(outbox)} of the webhook open; this one waits for it`);
    try {
      return await acquireLease(files, path, { ...options, waitMs });
    } catch (error) {
      passIfHeld(error);
      const message = `another command still has the outbox ${JSON.stringify(outbox)} of the webhook open; run this one again when it has ended`;
      throw new FileStoreError('unavailable', message, { path, cause: error });
    }
  }

  async #tellLeft(files: FileStore, outbox: string): Promise<void> {
    const infos = await readOutboxes(files);
    const { pending = [], error } = infos.find(({ instance }) => instance === outbox) ?? {};
    if (error !== undefined) {
      throw error;
    }
    const left = pending.length;
    if (left > 0) {
      this.#options.note(`${formatCount(left, 'notice')} for the webhook left in the outbox; "webhooks replay" delivers what is there`);
    }
  }
}

/** @throws The error, unless it says that somebody else has the lease. */
function passIfHeld(error: unknown): void {
  if (!hasErrorCode(error, 'unavailable')) {
    throw error;
  }
}
