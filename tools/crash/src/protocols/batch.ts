import { LocalFileStore } from '@oh/file-store-local';
import { type Finding, judgeSequence, type Protocol, readSequence } from '../protocol.ts';
import { makeRecord } from '../record.ts';

/** So many are made durable together, see `LocalFileStore.writeAll`. */
const files = 70;

/** Two pages, so that a file can be torn. */
const maxBytes = 8_000;

/** Files of three directories, written together again and again: each is that of the last batch which was acknowledged, or of the next one. */
export const batch: Protocol = {
  keys: 1,
  workersPerKey: 1,
  async step({ store, path, author }, sequence, random) {
    if (!(store instanceof LocalFileStore)) {
      throw new TypeError('only a LocalFileStore writes files together');
    }
    const writes = Array.from({ length: files }, (_, file) => {
      const contents = makeRecord({ author, key: path, sequence }, random.below(maxBytes));
      return { path: nameAt(path, file), contents, ...(sequence === 1 ? { ifAbsent: true } : {}) };
    });
    for (const result of await store.writeAll(writes)) {
      if (result.status === 'rejected') {
        throw result.reason;
      }
    }
    return sequence;
  },
  async check(target, bounds) {
    const findings: Finding[] = [];
    for (let file = 0; file < files; file += 1) {
      const name = nameAt(target.path, file);
      findings.push(...judgeSequence(name, await readSequence(target, name, target.path), bounds));
    }
    return findings;
  },
};

function nameAt(path: string, file: number): string {
  return `${path}/${file % 3}/${file}`;
}
