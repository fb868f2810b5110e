import type { Side } from './measure-rates.ts';
import { numberedRecord, parseRecord, recordFileName } from './numbered-record.ts';
import type { BareBucket, ObjectClient } from './object-client.ts';

/**
 * A side that writes record after record, each to a new object.
 *
 * Each turn has a prefix of its own, below which there must be exactly the objects that were written, with exactly their contents.
 *
 * @param bucket Looks at what is there, past the side.
 */
export function numberedPuts(name: string, prefix: string, put: ObjectClient['put'], bucket: BareBucket): Side {
  let turn = 0;
  let written = 0;
  const turnPrefix = (): string => `${prefix}/turn-${turn}/`;
  return {
    name,
    prepare: async () => {
      turn += 1;
      written = 0;
    },
    run: () => {
      written += 1;
      return put(`${turnPrefix()}${recordFileName(written)}`, numberedRecord(written));
    },
    check: async () => {
      const keys = await bucket.list(turnPrefix());
      await checkObjects(name, turnPrefix(), written, keys, bucket);
      await bucket.remove(keys);
    },
  };
}

async function checkObjects(name: string, prefix: string, written: number, keys: readonly string[], { get }: BareBucket): Promise<void> {
  if (written === 0 || keys.length !== written) {
    throw new Error(`${name}: ${written} objects were written, ${keys.length} are there`);
  }
  await Promise.all(
    keys.map(async (key) => {
      const number = parseRecord(await get(key));
      if (key !== `${prefix}${recordFileName(number)}`) {
        throw new Error(`${name}: ${key} holds another record`);
      }
    }),
  );
}
