import { tmpdir } from 'node:os';
import type { S3FileStore } from '@oh/file-store-s3';
import { bareS3Bucket, openBareS3 } from '../bare-s3.ts';
import { compareRates } from '../compare-rates.ts';
import type { Finding } from '../finding.ts';
import type { Side } from '../measure-rates.ts';
import { recordFileName } from '../numbered-record.ts';
import { openS3Place, openS3Store } from '../s3-place.ts';
import type { RowContext } from './row-context.ts';

/** Files of the directory that is listed. */
const fewFiles = 100;

/** How many files are written at once. */
const writesAtOnce = 64;

/** A small directory beside a large one, against the same where nothing is beside it. */
export async function measureS3List(rowContext: RowContext): Promise<Finding[]> {
  const context = { ...rowContext, directory: tmpdir() };
  const manyFiles = context.full ? 100_000 : 2_000;
  await using place = await openS3Place();
  const { server, prefix } = place;
  await using crowded = openS3Store(server, `${prefix}/crowded`);
  await using lonely = openS3Store(server, `${prefix}/lonely`);
  await writeFiles(crowded, 'few', fewFiles, context);
  await writeFiles(lonely, 'few', fewFiles, context);
  await writeFiles(crowded, 'many', manyFiles, context);
  const client = openBareS3(server);
  try {
    const bare = bareS3Bucket(client, server.bucket, `${prefix}/crowded`);
    const others = [
      { ...listingSide('the same without the others', () => lonely.list('few')), wanted: { ratioAtLeast: 0.9 } },
      listingSide('ListObjectsV2Command', () => bare.list('few/')),
    ];
    const what = `${server.name}: list() of 100 files beside ${manyFiles.toLocaleString('en-US')} others`;
    return await compareRates({ what, inFlight: 1, ours: listingSide('ours', () => crowded.list('few')), others }, context);
  } finally {
    client.destroy();
  }
}

/** Lists the small directory; every result is checked. */
function listingSide(name: string, list: () => Promise<readonly string[]>): Side {
  const expected = Array.from({ length: fewFiles }, (_, number) => `few/${recordFileName(number)}`).join();
  return {
    name,
    run: async () => {
      if ((await list()).join() !== expected) {
        throw new Error(`${name}: another listing than was written`);
      }
    },
  };
}

async function writeFiles(store: S3FileStore, directory: string, files: number, { signal, onProgress }: RowContext): Promise<void> {
  let next = 0;
  const writer = async (): Promise<void> => {
    while (next < files) {
      const number = next;
      next += 1;
      if (number % 1000 === 0) {
        onProgress(`${number} of ${files} files are there`);
      }
      await store.write(`${directory}/${recordFileName(number)}`, 'x', { signal });
    }
  };
  await Promise.all(Array.from({ length: writesAtOnce }, writer));
}
