import { stat as statByCallback } from 'node:fs';
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { LocalFileStore } from '@oh/file-store-local';
import { compareRates } from '../compare-rates.ts';
import type { Finding } from '../finding.ts';
import type { Side } from '../measure-rates.ts';
import { filesToRead } from '../numbered-reads.ts';
import { recordFileName } from '../numbered-record.ts';
import { openLocalPeers, sharedRoot } from '../peers/open-local-peers.ts';
import { flightsOf, nameFlight } from './local-loads.ts';
import { lacking, withNotCompared } from './not-compared.ts';
import type { RowContext } from './row-context.ts';
import { shareSeconds } from './share-seconds.ts';

/** The size of files, which differ in it. */
export async function measureStat(context: RowContext): Promise<Finding[]> {
  const locate = sharedRoot(context.directory);
  const { peers, missing } = await openLocalPeers(locate);
  const root = locate();
  await writeSizes((path, contents) => writeFile(join(root, path), contents));
  for (const { hasPlainFiles, writes } of peers) {
    if (!hasPlainFiles) {
      await writeSizes(writes[0].write);
    }
  }
  await using store = new LocalFileStore({ root });
  const byCallback = promisify(statByCallback);
  const ours = numberedStats('ours', async (path) => (await store.stat(path)).size);
  const others = [
    { ...numberedStats('fs.stat', async (path) => (await byCallback(join(root, path))).size), wanted: { ratioAtLeast: 0.8 } },
    numberedStats('fs/promises stat', async (path) => (await stat(join(root, path))).size),
    ...peers.flatMap(({ stat: look }) => (look ? [numberedStats(look.name, look.run)] : [])),
  ];
  const findings: Finding[] = [];
  for (const inFlight of flightsOf(context)) {
    const what = `stat, ${nameFlight(inFlight)}`;
    findings.push(...(await compareRates({ what, inFlight, ours, others }, shareSeconds(context, others.length + 1))));
  }
  return withNotCompared(findings, [...missing, ...lacking(peers, 'stat')]);
}

/** File N has N bytes. */
async function writeSizes(write: (path: string, contents: Buffer) => Promise<unknown>): Promise<void> {
  for (let number = 1; number <= filesToRead; number += 1) {
    await write(recordFileName(number), Buffer.alloc(number, 'x'));
  }
}

function numberedStats(name: string, look: (path: string) => Promise<number>): Side {
  let last = 0;
  return {
    name,
    run: async () => {
      last = (last % filesToRead) + 1;
      const number = last;
      const size = await look(recordFileName(number));
      if (size !== number) {
        throw new Error(`${name}: a file of ${number} bytes has ${size}`);
      }
    },
  };
}
