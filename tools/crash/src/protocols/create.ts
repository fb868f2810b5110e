import { type Finding, judgeSequence, maxPayloadBytes, type Protocol, readSequence } from '../protocol.ts';
import { makeRecord } from '../record.ts';

/** A new file each time, made with `ifAbsent`; every one of them must stay. */
export const create: Protocol = {
  keys: 2,
  workersPerKey: 1,
  async step({ store, path, author }, sequence, random) {
    const contents = makeRecord({ author, key: path, sequence }, random.below(maxPayloadBytes));
    await store.write(`${path}/${sequence}`, contents, { ifAbsent: true });
    return sequence;
  },
  async check(target, { acknowledged, started }) {
    const findings: Finding[] = [];
    for (let sequence = 1; sequence <= started; sequence += 1) {
      const file = `${target.path}/${sequence}`;
      const bounds = { acknowledged: sequence <= acknowledged ? sequence : 0, started: sequence };
      findings.push(...judgeSequence(file, await readSequence(target, file, target.path), bounds));
    }
    return findings;
  },
};
