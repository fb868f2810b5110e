import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { FileEventStore } from '@oh/event-store';
import { LocalFileStore } from '@oh/file-store-local';
import { compareRounds, type Rounds } from '../compare-rounds.ts';
import { smallEvent } from '../event-of-size.ts';
import type { Finding } from '../finding.ts';
import { flushFileSystem } from '../flush-file-system.ts';
import { numberedRecord, recordFileName } from '../numbered-record.ts';
import { startUpstream, type Upstream, type UpstreamTimes, upstreams } from '../upstream/openhands.ts';
import { published } from '../upstream/published.ts';
import type { RowContext } from './row-context.ts';

/** Odd, so that the median is one of them. */
const rounds = 3;

/** Bytes of the text of an event, which is then some 1.4 KB, as ours, and of a file. */
const textBytes = 1000;

const tasks = ['append', 'replay', 'write'] as const;

/** The code of OpenHands itself, in Python, against ours: appends to a new log, reading it again, and writing files; nobody flushes. */
export async function measureEventUpstream(context: RowContext): Promise<Finding[]> {
  const events = context.full ? 2000 : 300;
  await using programs = new AsyncDisposableStack();
  const sides = upstreams.map((upstream) => {
    const program = startUpstream(upstream, context.signal);
    return { upstream, program: program && programs.use(program), times: [] as UpstreamTimes[] };
  });
  // Code that has not run yet is slower, but for Python's.
  await measureOurs(await emptyDirectory(context, 'warm-up'), events);
  const ours: UpstreamTimes[] = [];
  for (let round = 0; round < rounds; round += 1) {
    context.onProgress(`round ${round + 1} of ${rounds}: ours`);
    ours.push(await measureOurs(await emptyDirectory(context, `ours-${round}`), events));
    for (const { program, upstream, times } of sides) {
      if (program !== undefined) {
        context.onProgress(`round ${round + 1} of ${rounds}: ${upstream.name}`);
        const root = await emptyDirectory(context, `${upstream.script}-${round}`);
        times.push(await program.run({ root, events, bytes: textBytes }));
      }
    }
  }
  return [
    ...sides.flatMap(({ upstream, times }) => tasks.map((task) => toFinding(task, events, ours, { upstream, times }))),
    ...published(ours.map(({ append }) => append / events)),
  ];
}

function toFinding(
  task: (typeof tasks)[number],
  events: number,
  ours: readonly UpstreamTimes[],
  { upstream, times }: { readonly upstream: Upstream; readonly times: readonly UpstreamTimes[] },
): Finding {
  const what = { append: 'append of events of 1.4 KB to a new log', replay: 'events read again', write: 'write of files of 1 KB, atomic' }[
    task
  ];
  const rates = (name: string, all: readonly UpstreamTimes[]): Rounds => ({ name, reached: all.map((each) => events / each[task]) });
  const own = rates('ours', ours);
  return times.length === 0
    ? { what, ours: compareRounds(own, own).ours, unit: '/s', notCompared: upstream.remedy }
    : { what, unit: '/s', ...compareRounds(own, rates(upstream[task], times)) };
}

async function emptyDirectory({ directory }: RowContext, name: string): Promise<string> {
  const root = join(directory, name);
  await mkdir(root);
  await flushFileSystem(directory);
  return root;
}

/** One after the other, as the programs in Python do it. */
async function measureOurs(root: string, events: number): Promise<UpstreamTimes> {
  await using files = new LocalFileStore({ root, durability: 'atomic' });
  const log = { files, conversationId: 'measured' };
  await using writer = new FileEventStore(log);
  await using reader = new FileEventStore(log);
  const append = await timed(async () => {
    for (let number = 0; number < events; number += 1) {
      await writer.append(smallEvent(number));
    }
  });
  const replay = await timed(async () => {
    const { length } = await Array.fromAsync(reader.search());
    if (length !== events) {
      throw new Error(`${length} of ${events} events were read`);
    }
  });
  const contents = numberedRecord(1, textBytes);
  const write = await timed(async () => {
    for (let number = 0; number < events; number += 1) {
      await files.write(`files/${recordFileName(number)}`, contents);
    }
  });
  return { append, replay, write };
}

async function timed(action: () => Promise<void>): Promise<number> {
  const begun = performance.now();
  await action();
  return (performance.now() - begun) / 1000;
}
