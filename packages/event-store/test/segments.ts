import type { FileStore } from '@oh/file-store-core';
import { FileEventStore } from '../src/file-event-store.ts';

/** Where the segments of the log lie. */
export const directory = 'conversations/c1/events';

/** The file that names those that are merged. */
export const manifest: string = `${directory}/manifest.json`;

/** The path of the segment that begins with an event. */
export function slot(firstId: number): string {
  return `${directory}/${String(firstId).padStart(10, '0')}.jsonl`;
}

/** The ids of so many events. */
export function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

/** Opens the log. */
export function openSegments(files: FileStore): FileEventStore {
  return new FileEventStore({ files, conversationId: 'c1' });
}

/** Appends events one by one, then waits until what can be merged is. */
export async function growSegments(files: FileStore, count: number): Promise<void> {
  const store = openSegments(files);
  for (let n = 0; n < count; n += 1) {
    await store.append({ n });
  }
  await store.close();
}

/** The paths of the segments that are not merged. */
export async function listSlots(files: FileStore): Promise<string[]> {
  return (await files.list(directory)).filter((path) => path.endsWith('.jsonl'));
}
