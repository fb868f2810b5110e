import { hasErrorCode } from '@oh/file-store-core';
import { type Finding, judgeSequence, maxPayloadBytes, type Protocol, readSequence, type Target } from '../protocol.ts';
import { makeRecord } from '../record.ts';

/** One file with metadata, written again and again: after a cut both are of one write. */
export const metadata: Protocol = {
  keys: 2,
  workersPerKey: 1,
  async step({ store, path, author }, sequence, random) {
    const contents = makeRecord({ author, key: path, sequence }, random.below(maxPayloadBytes));
    await store.write(path, contents, { contentType: 'text/x-record', metadata: { sequence: `${sequence}` } });
    return sequence;
  },
  async check(target, bounds) {
    const seen = await readSequence(target, target.path, target.path);
    return [...judgeSequence(target.path, seen, bounds), ...(await compareMetadata(target, seen))];
  },
};

async function compareMetadata({ store, path }: Target, seen: number | 'absent' | 'torn'): Promise<readonly Finding[]> {
  try {
    const info = await store.stat(path);
    const kept = `${info.contentType} ${info.metadata?.['sequence']}`;
    return kept === `text/x-record ${seen}` ? [] : [{ kind: 'torn', message: `${path} is ${seen}, with the metadata ${kept}` }];
  } catch (error) {
    if (hasErrorCode(error, 'not-found')) {
      return [];
    }
    if (hasErrorCode(error, 'corrupt')) {
      return [{ kind: 'torn', message: `${path} is ${seen}, with damaged metadata` }];
    }
    throw error;
  }
}
