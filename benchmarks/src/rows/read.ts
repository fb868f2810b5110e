import { readFile as readFileByCallback } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { LocalFileStore } from '@oh/file-store-local';
import { compareRates, type Other } from '../compare-rates.ts';
import type { Finding } from '../finding.ts';
import { filesToRead, numberedReads } from '../numbered-reads.ts';
import { numberedRecord, recordFileName } from '../numbered-record.ts';
import { peersOf } from '../peers.ts';
import type { RowContext } from './row-context.ts';

const bareNames = ['fs.readFile', 'fs/promises readFile'] as const;

/** Whole files of 1.4 KB as bytes; they are in the page cache. */
export async function measureRead(context: RowContext): Promise<Finding[]> {
  const root = join(context.directory, 'files');
  await mkdir(root);
  for (let number = 0; number < filesToRead; number += 1) {
    await writeFile(join(root, recordFileName(number)), numberedRecord(number));
  }
  await using store = new LocalFileStore({ root });
  const ours = numberedReads('ours', (path) => store.readBytes(path));
  const others = [...bare(root), ...peersOf(root).map(({ name, read }) => numberedReads(name, read))];
  return [
    ...wantOfFastest(await compareRates({ what: 'read bytes, one at a time', inFlight: 1, ours, others }, context)),
    ...wantOfFastest(await compareRates({ what: 'read bytes, 16 in flight', inFlight: 16, ours, others }, context)),
  ];
}

function bare(root: string): Other[] {
  const byCallback = promisify(readFileByCallback);
  const [callbackName, promisesName] = bareNames;
  return [
    numberedReads(callbackName, (path) => byCallback(join(root, path))),
    numberedReads(promisesName, (path) => readFile(join(root, path))),
  ];
}

/** The target is against the faster of the two bare ways. */
function wantOfFastest(findings: readonly Finding[]): Finding[] {
  const reachedBy = (name: string): number => findings.find(({ other }) => other?.name === name)?.other?.reached ?? 0;
  const [fastest] = bareNames.toSorted((a, b) => reachedBy(b) - reachedBy(a));
  return findings.map((finding) => (finding.other?.name === fastest ? { ...finding, wanted: { ratioAtLeast: 0.8 } } : finding));
}
