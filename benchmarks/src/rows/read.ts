import { readFile as readFileByCallback } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { LocalFileStore } from '@oh/file-store-local';
import { compareRates, type Other } from '../compare-rates.ts';
import type { Finding } from '../finding.ts';
import { filesToRead, type NumberedReadsOptions, numberedReads } from '../numbered-reads.ts';
import { numberedRecord, recordFileName } from '../numbered-record.ts';
import { openLocalPeers, sharedRoot } from '../peers/open-local-peers.ts';
import { type LocalLoad, localLoadsOf } from './local-loads.ts';
import { lacking, withNotCompared } from './not-compared.ts';
import type { RowContext } from './row-context.ts';
import { shareSeconds } from './share-seconds.ts';

const bareNames = ['fs.readFile', 'fs/promises readFile'] as const;

/** The most that all files together have. */
const maxBytesOfAll = 256 * 1024 ** 2;

/** Whole files as bytes; they are in the page cache. */
export async function measureRead(context: RowContext): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const load of localLoadsOf(context)) {
    findings.push(...(await compareReads(join(context.directory, load.name), load, context)));
  }
  return findings;
}

async function compareReads(parent: string, load: LocalLoad, context: RowContext): Promise<Finding[]> {
  const { bytes, name, ...contest } = load;
  const files = Math.min(filesToRead, Math.floor(maxBytesOfAll / bytes));
  const locate = sharedRoot(parent);
  const root = locate();
  const { peers, missing } = await openLocalPeers(locate);
  await writeRecords((path, contents) => writeFile(join(root, path), contents), files, bytes);
  for (const { hasPlainFiles, writes } of peers) {
    if (!hasPlainFiles) {
      await writeRecords(writes[0].write, files, bytes);
    }
  }
  await using store = new LocalFileStore({ root });
  const ours = numberedReads('ours', (path) => store.readBytes(path), { files, bytes });
  const others = [
    ...bare(root, { files, bytes }),
    ...peers.flatMap(({ read }) => (read ? [numberedReads(read.name, read.run, { files, bytes })] : [])),
  ];
  const what = `read bytes, ${name}`;
  const findings = await compareRates({ what, ...contest, ours, others }, shareSeconds(context, others.length + 1));
  await rm(parent, { recursive: true });
  return withNotCompared(wantOfFastest(findings), [...missing, ...lacking(peers, 'read')]);
}

async function writeRecords(write: (path: string, contents: Buffer) => Promise<unknown>, files: number, bytes: number): Promise<void> {
  for (let number = 0; number < files; number += 1) {
    await write(recordFileName(number), numberedRecord(number, bytes));
  }
}

function bare(root: string, options: NumberedReadsOptions): Other[] {
  const byCallback = promisify(readFileByCallback);
  const [callbackName, promisesName] = bareNames;
  return [
    numberedReads(callbackName, (path) => byCallback(join(root, path)), options),
    numberedReads(promisesName, (path) => readFile(join(root, path)), options),
  ];
}

/** The target is against the faster of the two bare ways. */
function wantOfFastest(findings: readonly Finding[]): Finding[] {
  const reachedBy = (name: string): number => findings.find(({ other }) => other?.name === name)?.other?.reached ?? 0;
  const [fastest] = bareNames.toSorted((a, b) => reachedBy(b) - reachedBy(a));
  return findings.map((finding) => (finding.other?.name === fastest ? { ...finding, wanted: { ratioAtLeast: 0.8 } } : finding));
}
