import type { EventFilter } from '@oh/event-store';
import type { CliContext } from '../cli-context.ts';
import type { StoreOptions } from '../storage/store-options.ts';
import { eventFormatter } from './event-formatter.ts';
import { findEvents } from './find-events.ts';

/** Options of `events show`. */
export interface ShowEventsOptions extends StoreOptions {
  /** The first id. Default: 0. */
  readonly from?: number | undefined;
  /** The last id. Default: the last there is. */
  readonly to?: number | undefined;
  /** From the last to the first. */
  readonly reverse?: boolean | undefined;
  /** At most so many. Default: all. */
  readonly limit?: number | undefined;
  /** Only of this source. Default: of any. */
  readonly source?: string | undefined;
  /** Only these types. */
  readonly type?: readonly string[] | undefined;
  /** None of these types. */
  readonly excludeType?: readonly string[] | undefined;
  /** A text that the event holds. */
  readonly query?: string | undefined;
  /** Not before. Default: from the first. */
  readonly since?: Date | undefined;
  /** Not after. Default: to the last. */
  readonly until?: Date | undefined;
  /** Those that are marked hidden, too. */
  readonly hidden?: boolean | undefined;
}

/** Shows events of a conversation, each as it is read. @throws {AggregateError} With those that cannot be read, when the others are shown. */
export async function showEvents(context: CliContext, id: string, options: ShowEventsOptions): Promise<void> {
  const { signal } = context;
  const store = await findEvents(context, id, options);
  const { from: startId, to: endId, reverse, limit } = options;
  const events = store.search({ startId, endId, reverse, limit, filter: toFilter(options), signal });
  const format = await eventFormatter(context);
  for await (const event of events) {
    await context.output.write(format(event));
  }
  if (events.unreadable.length > 0) {
    throw new AggregateError(events.unreadable.map(({ error }) => error));
  }
}

function toFilter({ source, type, excludeType, query, since, until, hidden }: ShowEventsOptions): EventFilter {
  return { source, includeTypes: type, excludeTypes: excludeType, query, startDate: since, endDate: until, excludeHidden: hidden !== true };
}
