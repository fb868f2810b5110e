import { updateFile } from '@oh/file-store-core';
import type { Finding } from '../finding.ts';
import { type GrownStore, putFiles, withGrownStores } from '../growth-stores.ts';
import { type GrowthContest, type GrowthPlace, measureGrowth } from '../measure-growth.ts';
import { numberedRecord, recordFileName } from '../numbered-record.ts';
import type { RowContext } from './row-context.ts';

const directory = 'files';
const log = 'log.jsonl';
const firstEntries = 20;

/** What operations on files cost among more and more files, and behind more and more records. */
export async function measureGrowthFiles(context: RowContext): Promise<readonly Finding[]> {
  return await withGrownStores(context, fill, async (store, stores) => {
    const measure = (what: string, place: (grown: GrownStore) => Omit<GrowthPlace, 'items'>, how: HowMeasured = {}): Promise<Finding> =>
      measureGrowth({ what, store, ...how, places: stores.map((grown) => ({ items: grown.items, ...place(grown) })) }, context);
    return [
      await measure('exists, among files', existsPlace),
      await measure('updateFile, among files', updatePlace),
      await measure('first 20 entries of a directory', entriesPlace),
      await measure('list of a directory, per file', listPlace, { perItem: true }),
      await measure('delete of a directory, per file', deletePlace, { perItem: true, rounds: 3 }),
      await measure('append to a file of records', appendPlace),
    ];
  });
}

type HowMeasured = Pick<GrowthContest, 'perItem' | 'rounds'>;

async function fill(grown: GrownStore): Promise<void> {
  const { items, files } = grown;
  await putFiles(grown, pathsOf(items, directory), () => '{}');
  await files.write(log, Buffer.concat(Array.from({ length: items }, (_, number) => numberedRecord(number))));
}

function pathOf(number: number, parent: string = directory): string {
  return `${parent}/${recordFileName(number)}`;
}

function pathsOf(items: number, parent: string): string[] {
  return Array.from({ length: items }, (_, number) => pathOf(number, parent));
}

/** Numbers that go through all items, far from one another. */
function someNumbers(items: number): () => number {
  let number = 0;
  return () => {
    number = (number + 7919) % items;
    return number;
  };
}

function existsPlace({ items, files }: GrownStore): Omit<GrowthPlace, 'items'> {
  const next = someNumbers(items);
  return { run: async () => check(await files.exists(pathOf(next()))) };
}

function updatePlace({ items, files }: GrownStore): Omit<GrowthPlace, 'items'> {
  const next = someNumbers(items);
  let updates = 0;
  return {
    run: async () => {
      // Contents that are there already would not be written.
      updates += 1;
      await updateFile(files, pathOf(next()), (current) => {
        check(current !== undefined);
        return `{"updates":${updates}}`;
      });
    },
  };
}

function entriesPlace({ files }: GrownStore): Omit<GrowthPlace, 'items'> {
  return {
    run: async () => {
      const paths: string[] = [];
      for await (const { path } of files.entries(directory, { limit: firstEntries })) {
        paths.push(path);
      }
      check(paths.length === firstEntries && paths.at(-1) === pathOf(firstEntries - 1));
    },
  };
}

function listPlace({ items, files }: GrownStore): Omit<GrowthPlace, 'items'> {
  return { run: async () => check((await files.list(directory)).length === items) };
}

function deletePlace(grown: GrownStore): Omit<GrowthPlace, 'items'> {
  const { items, files } = grown;
  const doomed = 'doomed';
  const paths = pathsOf(items, doomed);
  return {
    prepare: () => putFiles(grown, paths, () => '{}'),
    run: () => files.delete(doomed),
    after: async () => check((await files.list(doomed)).length === 0),
  };
}

function appendPlace({ files }: GrownStore): Omit<GrowthPlace, 'items'> {
  const record = numberedRecord(1);
  return {
    run: async () => {
      await files.append(log, record);
    },
  };
}

function check(isRight: boolean): void {
  if (!isRight) {
    throw new Error('another result than what is there');
  }
}
