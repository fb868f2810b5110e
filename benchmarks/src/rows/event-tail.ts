import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FileEventStore } from '@oh/event-store';
import { LocalFileStore } from '@oh/file-store-local';
import { smallEvent } from '../event-of-size.ts';
import type { Finding } from '../finding.ts';
import { percentileOf } from '../percentile-of.ts';
import { measureLatencies } from '../tail/measure-latencies.ts';
import { sharedClockMs, tailedConversation } from '../tail/tail-task.ts';
import type { RowContext } from './row-context.ts';

/** How often pollers look, in words. The first is the default of OpenHands' `RemoteConversation.run`. */
const pollers = [
  [1000, 'a listing every second, as often as OpenHands polls'],
  [50, 'a listing every 50 ms'],
] as const;

/** The time from the call of an append until a reader in another process has the event. */
export async function measureEventTail({ directory, full, signal, onProgress }: RowContext): Promise<Finding[]> {
  const count = full ? 500 : 100;
  const root = join(directory, 'ours');
  onProgress('tail');
  const ours = await measureTail(root, count, signal);
  const findings: Finding[] = [];
  for (const [everyMs, name] of pollers) {
    onProgress(name);
    const theirs = await measurePoller(join(directory, `every-${everyMs}`), everyMs, count, signal);
    findings.push(...([50, 99] as const).map((percent) => compare(percent, ours, name, theirs)));
  }
  return findings;
}

function compare(percent: 50 | 99, ours: readonly number[], name: string, theirs: readonly number[]): Finding {
  const [own, reached] = [percentileOf(ours, percent), percentileOf(theirs, percent)];
  const what = `append until a reader in another process has it: ${percent === 50 ? 'median' : 'p99'}`;
  return { what, ours: own, unit: 'ms', other: { name, reached, ratio: own / reached } };
}

async function measureTail(root: string, count: number, signal: AbortSignal): Promise<number[]> {
  await using files = new LocalFileStore({ root, durability: 'atomic' });
  await using events = new FileEventStore({ files, conversationId: tailedConversation });
  const append = (number: number): Promise<unknown> => events.append({ ...smallEvent(number), sent_at: sharedClockMs() });
  return await measureLatencies({ how: 'tail', root, count }, append, signal);
}

/** A file for each event, as OpenHands writes them. */
async function measurePoller(directory: string, everyMs: number, count: number, signal: AbortSignal): Promise<number[]> {
  await mkdir(directory, { recursive: true });
  const append = (number: number): Promise<void> =>
    writeFile(
      join(directory, `event-${String(number).padStart(5, '0')}-abcdef01.json`),
      JSON.stringify({ id: number, ...smallEvent(number), sent_at: sharedClockMs() }),
    );
  return await measureLatencies({ how: 'poll', directory, everyMs, count }, append, signal);
}
