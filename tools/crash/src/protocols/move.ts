import { maxPayloadBytes, type Protocol, readSequence, type Target } from '../protocol.ts';
import { makeRecord } from '../record.ts';

/** One file that gets a new name in the other of two directories each time: it has exactly one name, never none, never an old one. */
export const move: Protocol = {
  keys: 2,
  workersPerKey: 1,
  async step({ store, path, author }, sequence, random) {
    if (sequence === 1) {
      await store.write(nameAt(path, 1), makeRecord({ author, key: path, sequence }, random.below(maxPayloadBytes)));
    } else {
      await store.move(nameAt(path, sequence - 1), nameAt(path, sequence));
    }
    return sequence;
  },
  async check(target, { acknowledged, started }) {
    const names = await namesBelow(target);
    const message = `${target.path} has [${names.join(', ')}], wanted one of ${acknowledged} to ${started}`;
    const [name] = names;
    if (name === undefined) {
      return acknowledged > 0 ? [{ kind: 'lost', message }] : [];
    }
    const sequence = Number(name.split('/').at(-1));
    if (names.length > 1 || sequence > started || (await readSequence(target, name, target.path)) !== 1) {
      return [{ kind: 'torn', message }];
    }
    return sequence < acknowledged ? [{ kind: 'lost', message }] : [];
  },
};

function nameAt(path: string, sequence: number): string {
  return `${path}/${sequence % 2 === 1 ? 'odd' : 'even'}/${sequence}`;
}

async function namesBelow({ store, path }: Target): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const entry of store.entries(path, { recursive: true })) {
    names.push(entry.path);
  }
  return names;
}
