import { join } from 'node:path';
import { compareRates } from '../compare-rates.ts';
import { filePerEvent } from '../file-per-event.ts';
import type { Finding } from '../finding.ts';
import { bareLine, bareLines, numberedEvents } from '../numbered-events.ts';
import type { RowContext } from './row-context.ts';

/** Events of 1.4 KB, appended to the log of a conversation. */
export async function measureEventAppend(context: RowContext): Promise<Finding[]> {
  // Events in a log before it is appended to, in the line about long ones.
  const longLog = context.full ? 100_000 : 10_000;
  const behind = `behind ${longLog.toLocaleString('en-US')}`;
  const root = join(context.directory, 'ours');
  const bare = join(context.directory, 'bare');
  const durable = numberedEvents({ name: 'ours', root, durability: 'durable' });
  const atomic = numberedEvents({ name: 'ours, not durable', root, durability: 'atomic' });
  const long = numberedEvents({ name: `ours, ${behind} events`, root, durability: 'atomic', before: longLog });
  const single = { ...bareLine('one write, one fdatasync', bare), wanted: { ratioAtLeast: 0.8 } };
  const group = { ...bareLines('group commit: one write, one fdatasync', bare), wanted: { ratioAtLeast: 0.8 } };
  const upstream = { ...filePerEvent('lock file opened, a file written', bare), wanted: { ratioAtLeast: 5 } };
  const short = { ...atomic, name: 'the same in a new log', wanted: { ratioAtLeast: 0.8 } };
  return [
    ...(await compareRates({ what: 'append an event durable, one at a time', inFlight: 1, ours: durable, others: [single] }, context)),
    ...(await compareRates({ what: 'append an event durable, 64 in flight', inFlight: 64, ours: durable, others: [group] }, context)),
    ...(await compareRates({ what: 'append an event, 64 in flight', inFlight: 64, ours: atomic, others: [upstream] }, context)),
    ...(await compareRates({ what: `append an event ${behind}, one at a time`, inFlight: 1, ours: long, others: [short] }, context)),
  ];
}
