import { incrementRecord } from '../increment-record.ts';
import { judgeSequence, type Protocol, readSequence } from '../protocol.ts';

/** A counter that several workers increment by compare-and-set; it never goes back below an acknowledged value. */
export const update: Protocol = {
  keys: 1,
  workersPerKey: 3,
  async step({ store, path, author }) {
    return await incrementRecord(store, path, author);
  },
  async check(target, bounds) {
    return judgeSequence(target.path, await readSequence(target, target.path, target.path), bounds);
  },
};
