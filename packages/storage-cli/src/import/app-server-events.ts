import { isUtf8 } from 'node:buffer';
import type { AgentServerEvent } from '@oh/event-store';
import { FileStoreError, hasErrorCode } from '@oh/file-store-core';
import { parseJson } from '@oh/file-store-core/json';
import type { EventDirectory } from './find-event-directories.ts';
import type { ImportParts } from './import-parts.ts';

/** Events that are read at a time. */
export const maxReads = 32;

/** The file of an event by its id; OpenHands 1.0.0 has its time and its kind before it, and no `.json`. */
const eventFile = /\/(?:([^/]+)\.json|\d{14}_[^/]+_([^/_]+))$/;

/** The `parent_id` of an event that has no parent. */
export const rootParent = '__root__';

/** An event of OpenHands 1.x with what puts it into order. */
export interface TimedEvent {
  /** Without dashes, as in the name of its file. */
  readonly name: string;
  readonly path: string;
  readonly timestamp: string;
  /** The name of the event before it in the tree; `undefined` where none is said. */
  readonly parent: string | undefined;
}

/** The files of the events by the ids of these, without dashes. */
export async function listEvents(
  directories: readonly EventDirectory[],
  { from, signal }: ImportParts,
): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  for (const { path: directory } of directories) {
    for (const path of await from.list(directory, { signal })) {
      const [, id, firstId] = eventFile.exec(path) ?? [];
      const name = id ?? firstId;
      if (name !== undefined) {
        files.set(name, path);
      }
    }
  }
  return files;
}

/** Events in the order of their times, as OpenHands itself reads them, but each after its parent: one that waited while others were stored is the older one. */
export async function readTimes(
  files: readonly (readonly [name: string, path: string])[],
  parts: ImportParts,
): Promise<readonly TimedEvent[]> {
  const events: TimedEvent[] = [];
  for (let i = 0; i < files.length; i += maxReads) {
    const group = files.slice(i, i + maxReads).map(async ([name, path]) => {
      const event = await readEvent(name, path, parts);
      return event === undefined ? [] : [{ name, path, timestamp: event.timestamp, parent: nameOf(event.parent_id) }];
    });
    events.push(...(await Promise.all(group)).flat());
  }
  return afterParents(events.sort((a, b) => compare(a.timestamp, b.timestamp) || compare(a.name, b.name)));
}

function afterParents(events: readonly TimedEvent[]): readonly TimedEvent[] {
  const waiting = new Map(events.map((event) => [event.name, event]));
  const ordered: TimedEvent[] = [];
  for (const event of events) {
    const path: TimedEvent[] = [];
    let next = waiting.get(event.name);
    while (next !== undefined) {
      waiting.delete(next.name);
      path.push(next);
      next = waiting.get(next.parent ?? '');
    }
    for (const each of path.reverse()) {
      ordered.push(each);
    }
  }
  return ordered;
}

/** @returns `undefined`, and tells the report, when it cannot be read; `undefined` alone when it has gone. */
export async function readEvent(
  name: string,
  path: string,
  { from, report, signal }: ImportParts,
): Promise<(AgentServerEvent & { readonly timestamp: string }) | undefined> {
  try {
    const bytes = await from.readBytes(path, { signal });
    const event: unknown = isUtf8(bytes) ? parseJson(Buffer.from(bytes).toString()) : undefined;
    if (isEvent(event) && nameOf(event.id) === name) {
      return event;
    }
  } catch (error) {
    if (hasErrorCode(error, 'not-found')) {
      return undefined;
    }
    if (!(error instanceof SyntaxError)) {
      throw error;
    }
  }
  report.damaged(
    'events',
    new FileStoreError('corrupt', `${JSON.stringify(path)} cannot be read: it does not hold what it should`, { path }),
  );
  return undefined;
}

function isEvent(value: unknown): value is AgentServerEvent & { readonly timestamp: string } {
  const { id, timestamp } = typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  return typeof id === 'string' && typeof timestamp === 'string';
}

/** How an id stands in the name of a file. @returns `undefined` for what is no id. */
export function nameOf(id: unknown): string | undefined {
  return typeof id === 'string' ? id.replaceAll('-', '') : undefined;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
