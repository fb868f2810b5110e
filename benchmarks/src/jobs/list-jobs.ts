import { closeSync, mkdirSync, openSync } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { comparePaths } from '@oh/file-store-core';
import { LocalFileStore } from '@oh/file-store-local';
import { recordFileName } from '../numbered-record.ts';
import type { Job } from './job.ts';

/** Files of the directory that warms up. */
const fewFiles = 2_000;

/** How many files the store, and so the bare listing, looks at together. */
const lstatsTogether = 64;

const many = 'many';
const few = 'few';

/** Makes the directories that the listing jobs list. */
export function makeListedDirectories(directory: string, manyFiles: number): void {
  for (const [name, files] of [
    [many, manyFiles],
    [few, fewFiles],
  ] as const) {
    mkdirSync(join(directory, name));
    for (let number = 0; number < files; number += 1) {
      closeSync(openSync(join(directory, name, recordFileName(number)), 'wx'));
    }
  }
}

type List = (directory: string, onName: (name: string) => void) => Promise<void>;

/** Listings of one large directory, ours and the bare ones. */
export const listJobs = {
  entries: listingJob(async (directory, onName) => {
    await using store = new LocalFileStore({ root: directory });
    for await (const { kind, path } of store.entries()) {
      if (kind === 'file') {
        onName(path);
      }
    }
  }),
  'readdir-lstat': listingJob(async (directory, onName) => {
    const names = await readdir(directory);
    for (let start = 0; start < names.length; start += lstatsTogether) {
      const batch = names.slice(start, start + lstatsTogether);
      const stats = await Promise.all(batch.map((name) => lstat(join(directory, name))));
      batch.filter((_, index) => stats[index]?.isFile()).forEach(onName);
    }
  }),
  list: listingJob(async (directory, onName) => {
    await using store = new LocalFileStore({ root: directory });
    (await store.list()).forEach(onName);
  }),
  readdir: listingJob(async (directory, onName) => {
    (await readdir(directory)).forEach(onName);
  }),
} as const satisfies Record<string, Job>;

function listingJob(list: List): Job {
  return {
    warmUp: (directory) => list(join(directory, few), () => {}),
    run: async (directory, expected) => {
      let files = 0;
      await list(join(directory, many), () => {
        files += 1;
      });
      checkCount(files, expected);
    },
    check: async (directory, expected) => {
      const names: string[] = [];
      await list(join(directory, many), (name) => names.push(name));
      checkCount(names.sort(comparePaths).filter((name, number) => name === recordFileName(number)).length, expected);
    },
  };
}

function checkCount(files: number, expected: number): void {
  if (files !== expected) {
    throw new Error(`${files} files were listed, ${expected} are there`);
  }
}
