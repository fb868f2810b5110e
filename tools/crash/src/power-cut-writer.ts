import { writeSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { LocalFileStore } from '@oh/file-store-local';
import { everyKey } from './all-protocols.ts';
import type { Protocol, Target } from './protocol.ts';
import { Random } from './random.ts';

/**
 * The process under the cut: changes files and prints each acknowledged change before the next one of that key. All keys are changed without
 * end; or, where a key is given, that one alone, `steps` times, and then nothing happens any more that would make it durable by the way.
 */
const [root = '', author = '', seed = '0', durability, protocols = '', loneKey, steps] = process.argv.slice(2);
const maxSteps = loneKey === undefined ? Number.POSITIVE_INFINITY : Number(steps);
const store = new LocalFileStore({ root, durability: durability === 'atomic' ? 'atomic' : 'durable' });
const random = new Random(Number(seed));

async function work(protocol: Protocol, target: Target): Promise<void> {
  for (let sequence = 1; sequence <= maxSteps; sequence += 1) {
    const acknowledged = await protocol.step(target, sequence, random);
    writeSync(1, `${target.path} ${acknowledged}\n`);
  }
}

flushCompileCache();
writeSync(1, 'ready\n');
const keys = [...everyKey(protocols.split(','))].filter(({ path }) => loneKey === undefined || path === loneKey);
const workers = keys.flatMap(({ path, protocol }) =>
  Array.from({ length: protocol.workersPerKey }, () => work(protocol, { store, root, path, author })),
);
await Promise.all(workers);
// It waits for the cut.
setInterval(() => undefined, 60_000);
