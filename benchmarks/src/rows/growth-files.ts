import { updateFile } from '@oh/file-store-core';
import type { Finding } from '../finding.ts';
import { type GrownStore, withGrownStores } from '../growth-stores.ts';
import { type GrowthPlace, measureGrowth } from '../measure-growth.ts';
import { numberedRecord, recordFileName } from '../numbered-record.ts';
import { together } from '../together.ts';
import type { RowContext } from './row-context.ts';

const directory = 'files';
const log = 'log.jsonl';
const writesAtOnce = 64;
const firstEntries = 20;

/** What operations on files cost among more and more files, and behind more and more records. */
export async function measureGrowthFiles(context: RowContext): Promise<readonly Finding[]> {
  return await withGrownStores(context, fill, async (store, stores) => {
    const measure = (what: string, place: (grown: GrownStore) => Omit<GrowthPlace, 'items'>, perItem = false): Promise<Finding> =>
      measureGrowth({ what, store, perItem, places: stores.map((grown) => ({ items: grown.items, ...place(grown) })) }, context);
    return [
      await measure('exists, among files', existsPlace),
      await measure('updateFile, among files', updatePlace),
      await measure('first 20 entries of a directory', entriesPlace),
      await measure('list of a directory, per file', listPlace, true),
      await measure('delete of a directory, per file', deletePlace, true),
      await measure('append to a file of records', appendPlace),
    ];
  });
}

async function fill({ items, files }: GrownStore): Promise<void> {
  await together(writesAtOnce, items, (number) => files.write(pathOf(number), '{}'));
  await files.write(log, Buffer.concat(Array.from({ length: items }, (_, number) => numberedRecord(number))));
}

function pathOf(number: number, parent: string = directory): string {
  return `${parent}/${recordFileName(number)}`;
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
  return {
    run: async () => {
      await updateFile(files, pathOf(next()), (current) => {
        check(current !== undefined);
        return '{"updated":true}';
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

function deletePlace({ items, files }: GrownStore): Omit<GrowthPlace, 'items'> {
  const doomed = 'doomed';
  return {
    prepare: () => together(writesAtOnce, items, (number) => files.write(pathOf(number, doomed), '{}')),
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
