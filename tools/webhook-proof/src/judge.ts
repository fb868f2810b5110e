import { numberOf } from './change.ts';
import type { LoggedChange } from './change-log.ts';
import type { Told, ToldItem } from './told.ts';

/** What was found wrong, and how much was looked at. */
export interface Verdict {
  readonly faults: readonly string[];
  /** Changes that were acknowledged. */
  readonly acknowledged: number;
  /** Changes that were begun and not acknowledged. */
  readonly unacknowledged: number;
  /** Requests with an id of their own. */
  readonly requests: number;
  /** Requests that came again. */
  readonly repeated: number;
  /** Items that tell of no acknowledged change: of one that was not, or what the store held after a kill. */
  readonly extra: number;
}

/** What {@link judge} compares. */
export interface Evidence {
  readonly changes: readonly LoggedChange[];
  /** In the order in which the receiver took them. */
  readonly told: readonly Told[];
  /** What the store holds at the end. */
  readonly files: ReadonlyMap<string, string>;
  /** Whether a later change of a path may be told instead of an earlier one. */
  readonly coalesces: boolean;
}

/** What happened to one file, told or done: the number of the write, or a delete. */
type FileEvent = number | 'deleted';

/**
 * Compares what a receiver was told with what was acknowledged.
 *
 * Lost: an acknowledged change that was not told, in its place among those of its file. Changed: an id that came with two requests. Overtaken: a
 * write that was told after a later one of its file. And at the end the receiver has what the store has.
 */
export function judge({ changes, told, files, coalesces }: Evidence): Verdict {
  const faults: string[] = [];
  const { first, repeated } = withoutRepetitions(told, faults);
  const items = first.flatMap((each) => each.items);
  const heard = eventsOf(items, pathsOf(changes));
  let extra = 0;
  for (const [path, done] of eventsDone(changes)) {
    const events = heard.get(path) ?? [];
    const unmatched = coalesces ? undefined : firstUnmatched(done, events);
    if (unmatched !== undefined) {
      faults.push(`lost: ${path} ${String(done[unmatched])} (change ${unmatched + 1} of ${done.length})`);
    }
    extra += Math.max(0, events.length - done.length);
    const overtaken = firstOvertaken(events);
    if (overtaken !== undefined) {
      faults.push(`overtaken: ${path} ${overtaken}`);
    }
  }
  faults.push(...compareFiles(files, receive(items)));
  const acknowledged = changes.filter(({ isAcknowledged }) => isAcknowledged).length;
  return { faults, acknowledged, unacknowledged: changes.length - acknowledged, requests: first.length, repeated, extra };
}

function withoutRepetitions(told: readonly Told[], faults: string[]): { readonly first: readonly Told[]; readonly repeated: number } {
  const known = new Map<string, string>();
  const first: Told[] = [];
  for (const each of told) {
    const body = JSON.stringify(each.items);
    const before = known.get(each.id);
    if (before === undefined) {
      known.set(each.id, body);
      first.push(each);
    } else if (before !== body) {
      faults.push(`changed: ${each.id} came with two requests`);
    }
  }
  return { first, repeated: told.length - first.length };
}

/** The files of all changes, by their directory. */
function pathsOf(changes: readonly LoggedChange[]): ReadonlyMap<string, readonly string[]> {
  const files = new Set(changes.map(({ path }) => path).filter((path) => path.includes('/')));
  return Map.groupBy(files, (path) => path.slice(0, path.indexOf('/')));
}

/** Of each file what was told, in order; the delete of a directory is told of each file in it. */
function eventsOf(items: readonly ToldItem[], filesOf: ReadonlyMap<string, readonly string[]>): ReadonlyMap<string, readonly FileEvent[]> {
  const events = new Map<string, FileEvent[]>();
  for (const { method, path, content = '' } of items) {
    const event = method === 'DELETE' ? 'deleted' : (numberOf(path, content) ?? Number.NaN);
    for (const file of path.includes('/') ? [path] : (filesOf.get(path) ?? [])) {
      events.set(file, events.get(file) ?? []);
      events.get(file)?.push(event);
    }
  }
  return events;
}

/** Of each file what was acknowledged, in order. */
function eventsDone(changes: readonly LoggedChange[]): ReadonlyMap<string, readonly FileEvent[]> {
  const items = changes
    .filter(({ isAcknowledged }) => isAcknowledged)
    .map(({ path, number, kind }) => ({ path, event: kind === 'write' ? number : ('deleted' as const) }));
  const filesOf = pathsOf(changes);
  const events = new Map<string, FileEvent[]>();
  for (const { path, event } of items) {
    for (const file of path.includes('/') ? [path] : (filesOf.get(path) ?? [])) {
      events.set(file, events.get(file) ?? []);
      events.get(file)?.push(event);
    }
  }
  return events;
}

/** The first of what was done that has no place in what was heard. */
function firstUnmatched(done: readonly FileEvent[], heard: readonly FileEvent[]): number | undefined {
  let next = 0;
  for (const event of heard) {
    next += event === done[next] ? 1 : 0;
  }
  return next < done.length ? next : undefined;
}

/** The first write that was told after a later one, or that nobody made. */
function firstOvertaken(events: readonly FileEvent[]): FileEvent | undefined {
  let latest = 0;
  for (const event of events) {
    if (event !== 'deleted') {
      if (!(event >= latest)) {
        return event;
      }
      latest = event;
    }
  }
  return undefined;
}

/** What a receiver has after all it was told. */
function receive(items: readonly ToldItem[]): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  const directories = new Map<string, Set<string>>();
  for (const { method, path, content = '' } of items) {
    if (method === 'POST') {
      files.set(path, content);
      const directory = path.slice(0, path.indexOf('/'));
      directories.set(directory, (directories.get(directory) ?? new Set()).add(path));
    } else {
      files.delete(path);
      for (const file of directories.get(path) ?? []) {
        files.delete(file);
      }
    }
  }
  return files;
}

function compareFiles(stored: ReadonlyMap<string, string>, received: ReadonlyMap<string, string>): string[] {
  const paths = new Set([...stored.keys(), ...received.keys()]);
  return [...paths]
    .filter((path) => stored.get(path) !== received.get(path))
    .map((path) => `different: ${path} is ${describe(path, stored)} in the store, ${describe(path, received)} at the receiver`);
}

function describe(path: string, files: ReadonlyMap<string, string>): string {
  const contents = files.get(path);
  return contents === undefined ? 'missing' : `number ${numberOf(path, contents)}`;
}
