import { hasErrorCode } from '@oh/file-store-core';
import { maxPayloadBytes, type Protocol, type Target } from '../protocol.ts';
import { makeRecord, parseRecord } from '../record.ts';

/** One file that grows by a record each time. A torn tail may be left of an append that nobody acknowledged. */
export const append: Protocol = {
  keys: 2,
  workersPerKey: 1,
  async step({ store, path, author }, sequence, random) {
    await store.append(path, makeRecord({ author, key: path, sequence }, random.below(maxPayloadBytes)));
    return sequence;
  },
  async check(target, { acknowledged, started }) {
    const bytes = await readIfPresent(target);
    const { whole, end } = countRecords(bytes, target);
    const message = `${target.path} has ${whole} whole records, wanted ${acknowledged} to ${started}`;
    if (whole < acknowledged || whole > started) {
      return [{ kind: whole < acknowledged ? 'lost' : 'torn', message }];
    }
    return end < bytes.byteLength ? [{ kind: 'tail', message: `${message}, then ${bytes.byteLength - end} bytes` }] : [];
  },
};

async function readIfPresent({ store, path }: Target): Promise<Buffer> {
  try {
    return Buffer.from(await store.readBytes(path));
  } catch (error) {
    if (hasErrorCode(error, 'not-found')) {
      return Buffer.alloc(0);
    }
    throw error;
  }
}

/** The records 1, 2, 3 ... that follow each other from the start, and where the last of them ends. */
function countRecords(bytes: Buffer, { author, path }: Target): { readonly whole: number; readonly end: number } {
  let whole = 0;
  let end = 0;
  for (;;) {
    const record = parseRecord(bytes, end);
    if (record?.sequence !== whole + 1 || record.author !== author || record.key !== path) {
      return { whole, end };
    }
    whole += 1;
    end = record.end;
  }
}
