import type { EventStream } from '@oh/event-store';
import { FileStoreError } from '@oh/file-store-core';
import type { CliContext } from '../cli-context.ts';
import { formatCount } from '../format-count.ts';
import type { StoreOptions } from '../storage/store-options.ts';
import { eventFormatter } from './event-formatter.ts';
import { findEvents } from './find-events.ts';

/** Options of `events tail`. */
export interface TailEventsOptions extends StoreOptions {
  /** Goes on with those that come. */
  readonly follow?: boolean | undefined;
  /** So many of the last ones. */
  readonly lines: number;
}

/**
 * Shows the last events of a conversation, then those that come, whoever appends them, until it is interrupted.
 *
 * @throws {FileStoreError} `corrupt` when some cannot be read, and the others are shown.
 */
export async function tailEvents(context: CliContext, id: string, options: TailEventsOptions): Promise<void> {
  const { signal } = context;
  const store = await findEvents(context, id, options);
  const nextId = ((await store.latestId({ signal })) ?? -1) + 1;
  const startId = Math.max(0, nextId - options.lines);
  if (options.follow === true) {
    await show(context, store.tail(startId, { signal }));
  } else if (nextId > startId) {
    await show(context, store.search({ startId, endId: nextId - 1, signal }));
  }
}

/** What cannot be read is told where it would stand. */
async function show(context: CliContext, events: EventStream): Promise<void> {
  const format = await eventFormatter(context);
  let told = 0;
  const tell = (): void => {
    for (const { error } of events.unreadable.slice(told)) {
      context.warn(error.message);
    }
    told = events.unreadable.length;
  };
  for await (const event of events) {
    tell();
    await context.output.write(format(event));
  }
  tell();
  if (told > 0) {
    throw new FileStoreError('corrupt', `${formatCount(told, 'event')} cannot be read, named above`);
  }
}
