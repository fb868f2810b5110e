import type { AbortOptions } from '@oh/file-store-core';
import { parseHead } from './event-line.ts';
import type { LineIndex, LinePlace } from './line-index.ts';
import type { LogFile } from './log-file.ts';

/** An event that is looked for lies between two places that are no further apart, unless it is longer itself. */
const closeBytes = 64 * 1024;

/**
 * Finds where an event begins by its id, reading a block at each step of a binary search: ids rise through the file.
 *
 * @param size Bytes of the file that count.
 * @returns The event begins at `low` or later, and before `high`; both are where a line begins.
 */
export async function locateLine(
  file: LogFile,
  index: LineIndex,
  id: number,
  size: number,
  options: AbortOptions,
): Promise<{ readonly low: number; readonly high: number }> {
  let low = index.before(id).offset;
  let high = index.after(id)?.offset ?? size;
  // Lines that begin from here to `high` cannot be read.
  let unknown = high;
  while (unknown - low > closeBytes) {
    const middle = Math.floor((low + unknown) / 2);
    const met = await firstReadable(file, middle, unknown, options);
    if (met === undefined) {
      unknown = middle;
    } else if (met.id <= id) {
      index.note(met);
      low = met.offset;
    } else {
      index.note(met);
      high = met.offset;
      unknown = middle;
    }
  }
  return { low, high };
}

/** The first event that begins after `start` and before `end`. */
async function firstReadable(file: LogFile, start: number, end: number, options: AbortOptions): Promise<LinePlace | undefined> {
  let isWhole = false;
  for await (const lines of file.forward(start, end, options)) {
    for (const { text, offset } of lines) {
      // What begins at `start` is most likely the rest of a line.
      const head = isWhole && text !== undefined ? parseHead(text) : undefined;
      isWhole = true;
      if (head !== undefined) {
        return { id: head.id, offset };
      }
    }
  }
  return undefined;
}
