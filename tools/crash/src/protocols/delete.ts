import { judgeSequence, maxPayloadBytes, type Protocol, readSequence } from '../protocol.ts';
import { makeRecord } from '../record.ts';

/** A file written at odd steps and deleted at even ones, every other time with its directory. What is deleted stays deleted. */
export const deletion: Protocol = {
  keys: 2,
  workersPerKey: 1,
  async step({ store, path, author }, sequence, random) {
    if (sequence % 2 === 1) {
      await store.write(`${path}/file`, makeRecord({ author, key: path, sequence }, random.below(maxPayloadBytes)));
    } else {
      await store.delete(sequence % 4 === 0 ? path : `${path}/file`);
    }
    return sequence;
  },
  async check(target, { acknowledged, started }) {
    const file = `${target.path}/file`;
    const seen = await readSequence(target, file, target.path);
    if (seen === 'absent') {
      const mayBeDeleted = acknowledged % 2 === 0 || started > acknowledged;
      return mayBeDeleted ? [] : [{ kind: 'lost', message: `${file} is absent, wanted ${acknowledged}` }];
    }
    return judgeSequence(file, seen, { acknowledged, started });
  },
};
