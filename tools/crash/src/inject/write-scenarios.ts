import { updateFile } from '@oh/file-store-core';
import { bystander, type Durability, type Files, filesOf, makeText, type Scenario } from './scenario.ts';

const both: readonly Durability[] = ['durable', 'atomic'];
const oldText = makeText('old', 5_000);
const newText = makeText('new', 7_000);
/** Bytes of the file that is written as a stream: several chunks. */
const streamedBytes = 600_000;
const chunkBytes = 100_000;
const streamedText = makeText('streamed', streamedBytes);

/** What a change starts from and leads to, beside a file that it does not touch. */
interface Change extends Pick<Scenario, 'paths' | 'act' | 'replaceable' | 'mayEndEarly' | 'hasNeighbours'> {
  readonly from?: Readonly<Record<string, string>>;
  readonly to?: Readonly<Record<string, string>>;
}

function change(name: string, { from = {}, to = {}, ...rest }: Change): Scenario {
  return { name, durabilities: both, before: { ...bystander, ...filesOf(from) }, after: { ...bystander, ...filesOf(to) }, ...rest };
}

async function* streamed(): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < streamedBytes; start += chunkBytes) {
    yield Buffer.from(streamedText.slice(start, start + chunkBytes));
  }
}

/** The first change of a store in a root without files. */
function firstWrite(name: string, hasNeighbours: boolean): Scenario {
  const scenario = change(name, { paths: ['first'], act: (store) => store.write('first', newText), hasNeighbours });
  return { ...scenario, before: {}, after: filesOf({ first: newText }) };
}

/** The operations that write contents. */
export const writeScenarios: readonly Scenario[] = [
  firstWrite('first write, new root', false),
  firstWrite('first write, others there', true),
  change('write in new directories', { to: { 'a/b/new': newText }, paths: ['a/b/new'], act: (store) => store.write('a/b/new', newText) }),
  change('replace', {
    from: { 'a/old': oldText },
    to: { 'a/old': newText },
    paths: ['a/old'],
    act: (store) => store.write('a/old', newText),
  }),
  change('create (ifAbsent)', {
    to: { 'a/new': newText },
    paths: ['a/new'],
    act: (store) => store.write('a/new', newText, { ifAbsent: true }),
  }),
  change('write (ifVersion)', {
    from: { 'a/old': oldText },
    to: { 'a/old': newText },
    paths: ['a/old'],
    act: async (store) => store.write('a/old', newText, { ifVersion: (await store.stat('a/old')).version }),
  }),
  change('write a stream', {
    from: { 'a/old': oldText },
    to: { 'a/old': streamedText },
    paths: ['a/old'],
    act: (store) => store.write('a/old', streamed()),
  }),
  change('append to a new file', {
    to: { 'a/log': newText },
    paths: ['a/log'],
    act: (store) => store.append('a/log', newText),
    mayEndEarly: 'a/log',
  }),
  change('append', {
    from: { 'a/log': oldText },
    to: { 'a/log': oldText + newText },
    paths: ['a/log'],
    act: (store) => store.append('a/log', newText),
    mayEndEarly: 'a/log',
  }),
  change('updateFile', {
    from: { 'a/counter': '1' },
    to: { 'a/counter': '2' },
    paths: ['a/counter'],
    act: (store) => updateFile(store, 'a/counter', (text) => String(Number(text) + 1)),
  }),
];

/** The operations that give names, or take them away. */
export const nameScenarios: readonly Scenario[] = [
  change('delete a file', { from: { 'a/b/old': oldText }, paths: ['a/b/old'], act: (store) => store.delete('a/b/old') }),
  change('delete a directory', {
    from: { 'a/b/one': oldText, 'a/b/c/two': oldText },
    paths: ['a/b'],
    act: (store) => store.delete('a/b'),
    replaceable: ['rename', 'renameat', 'renameat2'],
  }),
  change('move', {
    from: { 'a/old': oldText },
    to: { 'b/new': oldText },
    paths: ['a/old', 'b/new'],
    act: (store) => store.move('a/old', 'b/new'),
  }),
  change('move onto a file', {
    from: { 'a/old': oldText, 'b/old': makeText('replaced', 100) },
    to: { 'b/old': oldText },
    paths: ['a/old', 'b/old'],
    act: (store) => store.move('a/old', 'b/old'),
  }),
  change('copy', {
    from: { 'a/old': oldText },
    to: { 'a/old': oldText, 'b/new': oldText },
    paths: ['a/old', 'b/new'],
    act: (store) => store.copy('a/old', 'b/new'),
  }),
  change('close', { from: { 'a/old': oldText }, to: { 'a/old': oldText }, paths: [], act: (store) => store.close() }),
];

const oldDescription = { contentType: 'text/x-old', metadata: { author: 'old' } };
const newDescription = { contentType: 'text/x-new', metadata: { author: 'new' } };

/** A change of the file `a/file`, which has a description. */
function describedChange(name: string, after: Files, act: Scenario['act']): Scenario {
  return {
    name: `${name}, with metadata`,
    durabilities: both,
    before: { ...bystander, 'a/file': { contents: '1', ...oldDescription } },
    after: { ...bystander, ...after },
    paths: ['a/file', 'b/file'],
    needs: 'metadata',
    act,
  };
}

const moved = { contents: '1', ...oldDescription };

/** The same where a description must come and go with its file. */
export const metadataScenarios: readonly Scenario[] = [
  describedChange('replace', { 'a/file': { contents: '2', ...newDescription } }, (store) => store.write('a/file', '2', newDescription)),
  describedChange('updateFile', { 'a/file': { contents: '2', ...oldDescription } }, (store) => updateFile(store, 'a/file', () => '2')),
  describedChange('append', { 'a/file': { contents: '12', ...oldDescription } }, (store) => store.append('a/file', '2')),
  describedChange('copy', { 'a/file': moved, 'b/file': moved }, (store) => store.copy('a/file', 'b/file')),
  describedChange('move', { 'b/file': moved }, (store) => store.move('a/file', 'b/file')),
  describedChange('delete', {}, (store) => store.delete('a/file')),
  {
    ...describedChange('stat', { 'a/file': moved }, async (store) => {
      const { size, contentType, metadata } = await store.stat('a/file');
      return JSON.stringify({ size, contentType, metadata });
    }),
    durabilities: ['atomic'],
    result: JSON.stringify({ size: 1, ...oldDescription }),
  },
];
