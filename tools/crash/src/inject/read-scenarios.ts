import { createHash } from 'node:crypto';
import type { FileStore } from '@oh/file-store-core';
import { bystander, filesOf, makeText, type Scenario } from './scenario.ts';

const smallText = makeText('small', 5_000);
const largeText = makeText('large', 600_000);
const files = { ...bystander, ...filesOf({ 'a/small': smallText, 'a/b/large': largeText }) };
const sizes = { 'a/b/large': 600_000, 'a/small': 5_000, 'by/stander': 300 };

/** An operation that changes nothing; fsync is not its matter. */
function look(name: string, path: string, result: string, act: (store: FileStore) => Promise<string>): Scenario {
  return { name, durabilities: ['atomic'], before: files, after: files, paths: [path], result, act };
}

/** The operations that read. */
export const readScenarios: readonly Scenario[] = [
  look('read', 'a/small', smallText, (store) => store.read('a/small')),
  look('read a range', 'a/b/large', largeText.slice(1_000, 3_000), (store) =>
    store.read('a/b/large', { range: { start: 1_000, end: 3_000 } }),
  ),
  look('open and stream', 'a/b/large', checksum(largeText), async (store) => {
    await using file = await store.open('a/b/large');
    const hash = createHash('sha256');
    for await (const chunk of file.stream()) {
      hash.update(chunk);
    }
    return hash.digest('hex');
  }),
  look('stat', 'a/small', '5000', async (store) => String((await store.stat('a/small')).size)),
  look('exists', 'a/small', 'true', async (store) => String(await store.exists('a/small'))),
  look('list', 'a', '["a/b/","a/small"]', async (store) => JSON.stringify(await store.list('a'))),
  look('entries, recursive', 'a', JSON.stringify(sizes), async (store) => {
    const found: Record<string, number> = {};
    for await (const entry of store.entries('', { recursive: true })) {
      found[entry.path] = entry.kind === 'file' ? entry.size : 0;
    }
    return JSON.stringify(found);
  }),
];

function checksum(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
