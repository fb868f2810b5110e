import { closeSync, mkdirSync, openSync } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { LocalFileStore } from '@oh/file-store-local';
import { compareRates } from '../compare-rates.ts';
import type { Finding } from '../finding.ts';
import type { Side } from '../measure-rates.ts';
import { recordFileName } from '../numbered-record.ts';
import { openLocalPeers } from '../peers/open-local-peers.ts';
import { lacking, withNotCompared } from './not-compared.ts';
import type { RowContext } from './row-context.ts';
import { shareSeconds } from './share-seconds.ts';

const directory = 'listed';

/** How many files the bare listing looks at together: as many as the store. */
const lstatsTogether = 64;

/** A directory of 100 and of 10,000 files as names, and with the size of each, against other libraries. */
export async function measureListPeers(context: RowContext): Promise<Finding[]> {
  return [...(await compareListings(100, context)), ...(await compareListings(10_000, context))];
}

/** The directory is the only one below the root: some libraries look at all that they have for each listing. */
async function compareListings(files: number, context: RowContext): Promise<Finding[]> {
  const root = join(context.directory, `${files}`);
  makeFiles(join(root, directory), files);
  const { peers, missing } = await openLocalPeers(() => root);
  await using store = new LocalFileStore({ root });
  const isTooSlow = (library: string): boolean => library === 'files-sdk' && files > 100 && !context.full;
  const listings = (withSizes: boolean): Side[] =>
    peers.flatMap(({ library, list }) =>
      list?.withSizes === withSizes && !isTooSlow(library) ? [listing(list.name, files, () => list.run(directory))] : [],
    );
  const names = {
    what: `names of ${files.toLocaleString('en-US')} files`,
    ours: listing('ours', files, async () => (await store.list(directory)).length),
    others: [listing('fs/promises readdir', files, async () => (await readdir(join(root, directory))).length), ...listings(false)],
  };
  const sizes = {
    what: `names and sizes of ${files.toLocaleString('en-US')} files`,
    ours: listing('ours', files, () => countEntries(store)),
    others: [listing('fs/promises readdir, 64 lstats at once', files, () => countSizes(join(root, directory))), ...listings(true)],
  };
  const findings: Finding[] = [];
  for (const contest of [names, sizes]) {
    findings.push(...(await compareRates({ inFlight: 1, ...contest }, shareSeconds(context, contest.others.length + 1))));
  }
  const slow = isTooSlow('files-sdk') ? ['files-sdk takes a second for each, so only with --full'] : [];
  return withNotCompared(findings, [...missing, ...lacking(peers, 'list'), ...slow]);
}

function makeFiles(path: string, files: number): void {
  mkdirSync(path, { recursive: true });
  for (let number = 0; number < files; number += 1) {
    closeSync(openSync(join(path, recordFileName(number)), 'wx'));
  }
}

function listing(name: string, files: number, count: () => Promise<number>): Side {
  return {
    name,
    run: async () => {
      const found = await count();
      if (found !== files) {
        throw new Error(`${name}: ${found} of ${files} files were listed`);
      }
    },
  };
}

async function countEntries(store: LocalFileStore): Promise<number> {
  let count = 0;
  for await (const entry of store.entries(directory)) {
    count += entry.kind === 'file' && entry.size === 0 ? 1 : 0;
  }
  return count;
}

async function countSizes(path: string): Promise<number> {
  const names = await readdir(path);
  let count = 0;
  for (let start = 0; start < names.length; start += lstatsTogether) {
    const stats = await Promise.all(names.slice(start, start + lstatsTogether).map((name) => lstat(join(path, name))));
    count += stats.filter((each) => each.isFile() && each.size === 0).length;
  }
  return count;
}
