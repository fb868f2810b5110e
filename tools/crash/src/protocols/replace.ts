import { judgeSequence, maxPayloadBytes, type Protocol, readSequence } from '../protocol.ts';
import { makeRecord } from '../record.ts';

/** One file, written again and again. */
export const replace: Protocol = {
  keys: 4,
  workersPerKey: 1,
  async step({ store, path, author }, sequence, random) {
    await store.write(path, makeRecord({ author, key: path, sequence }, random.below(maxPayloadBytes)));
    return sequence;
  },
  async check(target, bounds) {
    return judgeSequence(target.path, await readSequence(target, target.path, target.path), bounds);
  },
};
