import type { AbortOptions, FileStoreError } from '@oh/file-store-core';
import type { StoredEvent } from './event.ts';
import type { EventStore } from './event-store.ts';

/** Options of {@link exportEvents}. */
export interface ExportEventsOptions extends AbortOptions {
  /** Leaves out events that cannot be read, rather than fail behind the last one that can. Default: false. */
  readonly skipUnreadable?: boolean | undefined;
}

/** Options of {@link exportTrajectory}. */
export interface ExportTrajectoryOptions extends ExportEventsOptions {
  /** Keeps the screenshots of the browser. Default: false. */
  readonly screenshots?: boolean | undefined;
}

/** What OpenHands 0.62 leaves out of the `extras` of a trajectory, as only the browser needs it. */
const browserExtras: ReadonlySet<string> = new Set([
  'dom_object',
  'axtree_object',
  'active_page_index',
  'last_browser_action',
  'last_browser_action_error',
  'focused_element_bid',
  'extra_element_properties',
]);
const screenshotExtras: ReadonlySet<string> = new Set(['screenshot', 'set_of_marks']);

/** Characters that are handed over at a time, about. */
const chunkLength = 64 * 1024;

/**
 * The events of a conversation as a bundle: a JSON object a line, as they are stored. `importEvents` is the inverse.
 *
 * @returns Chunks, which a file store writes in bounded memory.
 * @throws {FileStoreError} `corrupt` behind the last event when one cannot be read.
 */
export async function* exportEvents(store: EventStore, options: ExportEventsOptions = {}): AsyncGenerator<Uint8Array, void, undefined> {
  yield* toChunks(toLines(store, options));
}

/**
 * The events of a conversation as OpenHands exports a trajectory: a JSON array, without what only the browser needs.
 *
 * @returns Chunks, which a file store writes in bounded memory: `files.write('conversations/c1/trajectory.json', exportTrajectory(events))`.
 * @throws {FileStoreError} `corrupt` behind the last event when one cannot be read.
 */
export async function* exportTrajectory(
  store: EventStore,
  options: ExportTrajectoryOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  yield* toChunks(toArray(store, options));
}

async function* toLines(store: EventStore, options: ExportEventsOptions): AsyncGenerator<string, void, undefined> {
  for await (const event of readable(store, options)) {
    yield `${JSON.stringify(event)}\n`;
  }
}

async function* toArray(store: EventStore, options: ExportTrajectoryOptions): AsyncGenerator<string, void, undefined> {
  let separator = '[';
  for await (const event of readable(store, options)) {
    yield `${separator}\n${JSON.stringify(withoutBrowser(event, options.screenshots === true))}`;
    separator = ',';
  }
  yield separator === '[' ? '[]\n' : '\n]\n';
}

async function* readable(
  store: EventStore,
  { skipUnreadable = false, signal }: ExportEventsOptions,
): AsyncGenerator<StoredEvent, void, undefined> {
  const events = store.search({ signal });
  yield* events;
  const error: FileStoreError | undefined = events.unreadable[0]?.error;
  if (error !== undefined && !skipUnreadable) {
    throw error;
  }
}

function withoutBrowser(event: StoredEvent, keepsScreenshots: boolean): StoredEvent {
  const { extras } = event as { readonly extras?: unknown };
  if (typeof extras !== 'object' || extras === null || Array.isArray(extras)) {
    return event;
  }
  const kept = Object.entries(extras).filter(([field]) => !browserExtras.has(field) && (keepsScreenshots || !screenshotExtras.has(field)));
  return { ...event, extras: Object.fromEntries(kept) };
}

async function* toChunks(texts: AsyncIterable<string>): AsyncGenerator<Uint8Array, void, undefined> {
  let waiting = '';
  for await (const text of texts) {
    waiting += text;
    if (waiting.length >= chunkLength) {
      yield Buffer.from(waiting);
      waiting = '';
    }
  }
  if (waiting !== '') {
    yield Buffer.from(waiting);
  }
}
