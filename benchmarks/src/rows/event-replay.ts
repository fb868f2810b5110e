import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FileEventStore } from '@oh/event-store';
import { LocalFileStore } from '@oh/file-store-local';
import { compareRates } from '../compare-rates.ts';
import { replayedEvent } from '../event-of-size.ts';
import type { Finding } from '../finding.ts';
import type { Side } from '../measure-rates.ts';
import type { RowContext } from './row-context.ts';

const events = 1000;

/** A log of 1,000 events, 4.3 MB, read and parsed from the page cache. */
export async function measureEventReplay(context: RowContext): Promise<Finding[]> {
  await using files = new LocalFileStore({ root: join(context.directory, 'ours'), durability: 'atomic' });
  const store = new FileEventStore({ files, conversationId: 'replayed' });
  const stored = await store.appendAll(Array.from({ length: events }, (_, number) => replayedEvent(number)));
  const directory = join(context.directory, 'files');
  await mkdir(directory);
  for (const event of stored) {
    await writeFile(join(directory, `event-${String(event.id).padStart(5, '0')}-abcdef01.json`), JSON.stringify(event));
  }
  const array = join(context.directory, 'array.json');
  await writeFile(array, JSON.stringify(stored));
  const ours = replay('ours', async () => {
    const read: unknown[] = [];
    for await (const event of store.search()) {
      read.push(event);
    }
    return read;
  });
  const parse = { ...replay('readFile, JSON.parse of one array', () => parseFile(array)), wanted: { ratioAtLeast: 0.7 } };
  const perFile = { ...replay('readdir, readFile and JSON.parse of each', () => readEach(directory)), wanted: { ratioAtLeast: 5 } };
  return await compareRates({ what: 'replay of 1,000 events, 4.3 MB', inFlight: 1, ours, others: [parse, perFile] }, context);
}

async function parseFile(path: string): Promise<readonly unknown[]> {
  return JSON.parse(await readFile(path, 'utf8')) as readonly unknown[];
}

/** One after the other, as OpenHands' agent server reads them. */
async function readEach(directory: string): Promise<readonly unknown[]> {
  const read: unknown[] = [];
  for (const name of (await readdir(directory)).sort()) {
    read.push(JSON.parse(await readFile(join(directory, name), 'utf8')));
  }
  return read;
}

function replay(name: string, read: () => Promise<readonly unknown[]>): Side {
  return {
    name,
    run: async () => {
      const found = await read();
      const last = found.at(-1);
      if (found.length !== events || typeof last !== 'object' || last === null || !('number' in last) || last.number !== events - 1) {
        throw new Error(`${name}: ${found.length} events were read`);
      }
    },
  };
}
