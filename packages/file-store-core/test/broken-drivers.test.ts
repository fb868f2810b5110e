import { expect, test } from 'vitest';
import { createFileStore, type FileInfo, type FileStoreDriver } from '../src/index.ts';
import { conditionCases } from '../src/testing/condition-cases.ts';
import { copyMoveCases } from '../src/testing/copy-move-cases.ts';
import { type FileStoreCase, runCase } from '../src/testing/file-store-case.ts';
import { metadataCases } from '../src/testing/metadata-cases.ts';
import { readCases } from '../src/testing/read-cases.ts';
import { minimalDriver } from './minimal-driver.ts';

/** What is wrong, the cases that have to find it, and what they have to say. */
const broken: readonly (readonly [string, readonly FileStoreCase[], RegExp, (whole: FileStoreDriver) => Partial<FileStoreDriver>])[] = [
  [
    'a read of a range gives the size of the range as that of the file',
    readCases,
    /the info of \{"start":3\}.*`info` that of the whole file/s,
    (whole) => ({
      read: async (path, options) => {
        const { info, body } = await whole.read(path, options);
        const { start = 0, end = info.size } = options.range ?? {};
        return { info: { ...info, size: Math.min(end, info.size) - start }, body };
      },
    }),
  ],
  [
    'nothing that was given is null',
    readCases,
    /null, where nothing was given.*without `contentType` and `metadata` that nobody gave/s,
    (whole) => {
      const withNull = (info: FileInfo): FileInfo => ({ ...info, contentType: info.contentType ?? (null as never) });
      return {
        write: async (path, contents, options) => withNull(await whole.write(path, contents, options)),
        stat: async (path, options) => withNull(await whole.stat(path, options)),
      };
    },
  ],
  [
    'a move deletes what lies below the file too',
    copyMoveCases,
    /\[not-found\] no file at "foo\/bar".*Remove in `move` the file at `from` alone/s,
    (whole) => ({
      move: async (from, to, options) => {
        const { body } = await whole.read(from, options);
        const info = await whole.write(to, body, options);
        await whole.delete(from, {});
        return info;
      },
    }),
  ],
  [
    'metadata is given that is the store’s own',
    metadataCases,
    /somebody else.*Give a copy of the `metadata`/s,
    (whole) => {
      const infos = new Map<string, FileInfo>();
      return {
        write: async (path, contents, options) => {
          const info = await whole.write(path, contents, options);
          infos.set(path, info);
          return info;
        },
        stat: async (path, options) => infos.get(path) ?? (await whole.stat(path, options)),
      };
    },
  ],
  [
    'a condition is looked at before the write',
    conditionCases,
    /racers won.*Compare and change in one step of the backend/s,
    (whole) => ({
      write: async (path, contents, { ifAbsent: _ifAbsent, ...options }) => {
        await new Promise((resolve) => setImmediate(resolve));
        return await whole.write(path, contents, options);
      },
    }),
  ],
];

test.each(broken)('the kit finds that %s, and says what to do', async (_what, cases, message, toBroken) => {
  const failures: string[] = [];
  for (const each of cases) {
    const whole = minimalDriver({});
    await using store = createFileStore({ ...whole, ...toBroken(whole) });
    await runCase(each, store).catch((error: unknown) => failures.push(String(error)));
  }
  expect(failures.join('\n')).toMatch(message);
});
