import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { updateFile } from '@oh/file-store-core';
import { LocalFileStore } from '@oh/file-store-local';
import Conf from 'conf';
import { openLocalPeer } from '../peers/open-local-peers.ts';

/** A library as two processes use it on one directory, in the ways of its documentation. */
export interface Contestant {
  /** Overwrites the one file. */
  readonly write: (contents: Buffer) => Promise<unknown>;
  readonly read: () => Promise<Uint8Array>;
  /** Sets the counter to nought. */
  readonly reset: () => Promise<unknown>;
  /** Adds one to the counter. */
  readonly increment: () => Promise<unknown>;
  readonly count: () => Promise<number>;
}

const file = 'one.json';
const counter = 'counter.txt';

/** Opens a library, or our store as `ours`, on a directory that other processes use too. */
export async function openContestant(library: string, root: string): Promise<Contestant> {
  if (library === 'ours') {
    return openOurs(root);
  }
  return library === 'conf' ? openConf(root) : await openPeer(library, root);
}

/** What it overwrites in one step, durable or not. */
function openOurs(root: string): Contestant {
  const store = new LocalFileStore({ root, durability: 'atomic' });
  return {
    write: (contents) => store.write(file, contents),
    read: () => store.readBytes(file),
    reset: () => store.write(counter, '0'),
    increment: () => updateFile(store, counter, (text) => String(Number(text) + 1)),
    count: async () => Number(await store.read(counter)),
  };
}

/** Its documentation says that it does not support two processes that write at the same moment. @see https://www.npmjs.com/package/conf */
function openConf(cwd: string): Contestant {
  const conf = new Conf<{ text: string; count: number }>({ cwd, defaults: { text: '', count: 0 } });
  return {
    write: async (contents) => conf.set('text', contents.toString('latin1')),
    read: async () => Buffer.from(conf.get('text'), 'latin1'),
    reset: async () => conf.set('count', 0),
    increment: async () => conf.set('count', conf.get('count') + 1),
    count: async () => conf.get('count'),
  };
}

/** None of them has a way to change a file only if nobody else has: reading, then writing, is what their documentation has. */
async function openPeer(library: string, root: string): Promise<Contestant> {
  const { read, writes } = await openLocalPeer(library, root);
  const [{ write }] = writes;
  const readOne = read?.run ?? ((path: string): Promise<Uint8Array> => readFile(join(root, path)));
  const count = async (): Promise<number> => parseCount(await readOne(counter));
  return {
    write: (contents) => write(file, contents),
    read: () => readOne(file),
    reset: () => write(counter, Buffer.from('0')),
    increment: async () => await write(counter, Buffer.from(String((await count()) + 1))),
    count,
  };
}

/** @throws {SyntaxError} The text is no number: nothing is counted from a part. */
function parseCount(contents: Uint8Array): number {
  const text = Buffer.from(contents).toString('latin1');
  if (!/^\d+$/.test(text)) {
    throw new SyntaxError(`${JSON.stringify(text)} is no count`);
  }
  return Number(text);
}
