import { mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FileEventStore } from '@oh/event-store';
import { LocalFileStore } from '@oh/file-store-local';
import { smallEvent } from './event-of-size.ts';
import { GroupCommit } from './group-commit.ts';
import type { Side } from './measure-rates.ts';

/** Options of {@link numberedEvents}. */
export interface NumberedEventsOptions {
  readonly name: string;
  readonly root: string;
  readonly durability: 'durable' | 'atomic';
  /** How many events a log has before its turn, at least 1. Default: 1. */
  readonly before?: number | undefined;
}

/** A side that appends events to a log, a new one each turn; after it the log must have each of them once, in a row. */
export function numberedEvents({ name, root, durability, before = 1 }: NumberedEventsOptions): Side {
  let turn = 0;
  let appended = 0;
  let files: LocalFileStore | undefined;
  let events: FileEventStore | undefined;
  return {
    name,
    prepare: async () => {
      turn += 1;
      appended = 0;
      files = new LocalFileStore({ root, durability });
      events = new FileEventStore({ files, conversationId: `turn-${turn}` });
      await events.appendAll(Array.from({ length: before }, (_, number) => smallEvent(number)));
    },
    run: () => {
      appended += 1;
      return events?.append(smallEvent(appended));
    },
    check: async () => {
      await checkEvents(name, events, before, appended);
      await files?.delete(`conversations/turn-${turn}`);
      await files?.close();
    },
  };
}

async function checkEvents(name: string, events: FileEventStore | undefined, before: number, appended: number): Promise<void> {
  const numbers = new Set<unknown>();
  let nextId = before;
  for await (const event of events?.search({ startId: before }) ?? []) {
    numbers.add(event['number']);
    nextId += event.id === nextId ? 1 : 0;
  }
  if (appended === 0 || numbers.size !== appended || nextId !== before + appended) {
    throw new Error(`${name}: ${appended} events were appended, the log has ${numbers.size} different ones up to ${nextId}`);
  }
}

/** A side that adds lines of the same events to an open file: each with one write and one fdatasync, those that wait together. */
export function bareLines(name: string, directory: string): Side {
  let turn = 0;
  let appended = 0;
  let commits: { readonly append: (line: Buffer) => Promise<void>; readonly close: () => Promise<void> } | undefined;
  return {
    name,
    prepare: async () => {
      turn += 1;
      appended = 0;
      commits = await openCommits(join(directory, `turn-${turn}.jsonl`));
    },
    run: () => {
      appended += 1;
      return commits?.append(Buffer.from(`${JSON.stringify({ id: appended, ...smallEvent(appended) })}\n`));
    },
    check: async () => await commits?.close(),
  };
}

/** A side that adds a line with one write and one fdatasync, and nothing else. */
export function bareLine(name: string, directory: string): Side {
  let turn = 0;
  let appended = 0;
  let append: ((line: Buffer) => Promise<void>) | undefined;
  let close: (() => Promise<void>) | undefined;
  return {
    name,
    prepare: async () => {
      turn += 1;
      appended = 0;
      await mkdir(directory, { recursive: true });
      const file = await open(join(directory, `single-${turn}.jsonl`), 'ax', 0o600);
      append = async (line) => {
        await file.write(line);
        await file.datasync();
      };
      close = () => file.close();
    },
    run: () => {
      appended += 1;
      return append?.(Buffer.from(`${JSON.stringify({ id: appended, ...smallEvent(appended) })}\n`));
    },
    check: async () => await close?.(),
  };
}

async function openCommits(path: string): Promise<{ append: (line: Buffer) => Promise<void>; close: () => Promise<void> }> {
  await mkdir(dirname(path), { recursive: true });
  const file = await open(path, 'ax', 0o600);
  const commits = new GroupCommit(file);
  return { append: (line) => commits.append(line), close: () => file.close() };
}
