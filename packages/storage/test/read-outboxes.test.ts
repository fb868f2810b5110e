import { MemoryFileStore } from '@oh/file-store-core';
import { expect, test } from 'vitest';
import { readOutboxes } from '../src/index.ts';

test('an outbox that is damaged is told as such, and hides no other', async () => {
  const files = new MemoryFileStore();
  const intent = '{"t":"intent","id":"1","n":0,"path":"a","change":{"kind":"deleted"}}';
  await files.write('.oh-outbox/damaged/log/000000000001/000000000000', `{"t":"open","v":1}\noops\n${intent}\n`);
  await files.write('.oh-outbox/host/log/000000000001/000000000000', `{"t":"open","v":1}\n${intent}\n`);
  expect(await readOutboxes(files)).toMatchObject([
    { instance: 'damaged', pending: [], deadLetters: [], error: { code: 'corrupt' } },
    { instance: 'host', pending: [{ id: '1', path: 'a', method: 'DELETE' }], deadLetters: [], error: undefined },
  ]);
});
