import { parseEvent } from './event-line.ts';
import type { EventRange, LogItem } from './event-log.ts';
import type { GapFinder } from './gap-finder.ts';
import type { LogLine } from './split-lines.ts';

/**
 * Reads the events of lines that are met in the order of a range, and adds what the range wants to `items`.
 *
 * @returns Whether nothing more of the range can come.
 */
export function takeLines(lines: readonly LogLine[], range: EventRange, finder: GapFinder, items: LogItem[]): boolean {
  for (const line of lines) {
    if (line.isTorn) {
      continue;
    }
    const event = line.text === undefined ? undefined : parseEvent(line.text);
    if (event === undefined) {
      finder.addDamaged();
    } else if (finder.wants(event.id)) {
      finder.take(event, items);
    } else if (range.reverse ? event.id < range.startId : event.id > range.endId) {
      finder.finish(items, event.id);
      return true;
    }
    if (finder.isDone) {
      return true;
    }
  }
  return false;
}
