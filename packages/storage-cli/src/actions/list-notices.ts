import { FileStoreError } from '@oh/file-store-core';
import { type OutboxInfo, readOutboxes } from '@oh/storage';
import type { CliContext } from '../cli-context.ts';
import { formatTable } from '../format-table.ts';
import { formatTime } from '../format-time.ts';
import type { StoreOptions } from '../storage/store-options.ts';
import { toJsonLine } from '../to-json-line.ts';

/** Options of what looks into outboxes. */
export interface OutboxOptions extends StoreOptions {
  /** Only the outbox of this name. Default: all. */
  readonly outbox?: string | undefined;
}

/** Shows the notices that wait to be delivered to a webhook; nothing is taken over. @throws {AggregateError} What {@link throwUnreadable} throws, in the end. */
export async function listPending(context: CliContext, options: OutboxOptions): Promise<void> {
  const infos = await findOutboxes(context, options);
  const notices = infos.flatMap(({ instance, pending }) => pending.map((notice) => ({ outbox: instance, ...notice })));
  const rows = notices.map(({ outbox, method, path, failedAttempts, lastFailure = '', id }) => [
    outbox,
    method,
    String(failedAttempts),
    lastFailure,
    id,
    path,
  ]);
  await show(context, notices, rows, ['outbox', 'method', 'attempts', 'last failure', 'id', 'path']);
  throwUnreadable(infos);
}

/** Shows the notices that could not be delivered and were given up. @throws {AggregateError} As {@link listPending}. */
export async function listDead(context: CliContext, options: OutboxOptions): Promise<void> {
  const infos = await findOutboxes(context, options);
  const letters = infos.flatMap(({ instance, deadLetters }) => deadLetters.map((letter) => ({ outbox: instance, ...letter })));
  const rows = letters.map(({ outbox, method, path, reason, diedAt, id }) => [outbox, formatTime(diedAt), method, reason, id, path]);
  await show(context, letters, rows, ['outbox', 'given up', 'method', 'reason', 'id', 'path']);
  throwUnreadable(infos);
}

/** The outboxes that the options mean. @throws {FileStoreError} `not-found` when there is none of the name. */
export async function findOutboxes(context: CliContext, options: OutboxOptions): Promise<readonly OutboxInfo[]> {
  const { files } = await context.openStorage(options);
  const infos = await readOutboxes(files, { signal: context.signal });
  const { outbox: name } = options;
  if (name === undefined) {
    return infos;
  }
  const named = infos.filter(({ instance }) => instance === name);
  if (named.length === 0) {
    const known = infos.map(({ instance }) => instance).join(', ') || 'none';
    throw new FileStoreError('not-found', `no outbox ${JSON.stringify(name)}; there are: ${known}`);
  }
  return named;
}

/** @throws {AggregateError} Of the outboxes that are damaged, if any is. */
export function throwUnreadable(infos: readonly OutboxInfo[]): void {
  const errors = infos.flatMap(({ instance, error }) =>
    error === undefined
      ? []
      : [new FileStoreError(error.code, `the outbox ${JSON.stringify(instance)} cannot be read: ${error.reason}`, { cause: error })],
  );
  if (errors.length > 0) {
    throw new AggregateError(errors);
  }
}

async function show(
  { json, io, output, note }: CliContext,
  notices: readonly object[],
  rows: readonly (readonly string[])[],
  head: readonly string[],
): Promise<void> {
  if (notices.length === 0) {
    note('no notices');
  }
  if (json) {
    await output.write(notices.map(toJsonLine).join(''));
  } else if (rows.length > 0) {
    await output.write(await formatTable(rows, { head, columns: io.columns }));
  }
}
