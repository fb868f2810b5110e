import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCaptured } from './run-captured.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** What the doctor finds in a store with nothing but an outbox. */
async function examine(root: string): Promise<readonly { readonly check: string; readonly message: string }[]> {
  const { stdout } = await runCaptured(['doctor', '--json', '--store', `local:${root}`]);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

test('notices that wait in an outbox are told, those that were delivered or never to be sent are not', async () => {
  const root = await temporaryDirectory();
  const outbox = join(root, '.oh-outbox/host');
  const file = join(outbox, 'log/000000001/000000001');
  await mkdir(join(outbox, 'log/000000001'), { recursive: true });
  const log = [
    '{"t":"open","v":1}',
    '{"t":"intent","id":"1","n":0,"path":"a","change":{"kind":"deleted"}}',
    '{"t":"intent","id":"2","n":1,"path":"b","change":{"kind":"written","text":"\u2028"}}',
    '{"t":"intent","id":"3","n":2,"path":"c","change":{"kind":"changed"}}',
    '{"t":"intent","id":"4","n":3,"path":"d","change":{"kind":"changed"}}',
    '{"t":"outcome","ids":["2"],"outcome":"made"}',
    '{"t":"outcome","ids":["3"],"outcome":"failed"}',
    '{"t":"looked","id":"4","change":null}',
    '{"t":"done","ids":["1"]}',
    '{"t":"intent","id":"5","n":4,"pa',
  ];
  const oneLeft = { check: 'outbox', message: '1 notice to a webhook left to deliver' };
  await writeFile(file, log.join('\n'));
  await writeFile(join(outbox, 'log/desktop.ini'), '');
  expect(await examine(root)).toMatchObject([oneLeft]);
  await writeFile(file, [...log.slice(0, -1), '{"t":"done","ids":["2"]}\n'].join('\n'));
  expect(await examine(root)).toEqual([]);
  const canary = '{"t":"intent","id":"3","path":"sk-canary" oops}';
  await writeFile(file, [...log, canary].join('\n'));
  const findings = await examine(root);
  const damaged = { check: 'outbox', severity: 'error', message: expect.stringContaining('1 lines of its log are damaged') };
  expect(findings).toMatchObject([damaged, oneLeft]);
  expect(JSON.stringify(findings)).not.toContain('canary');
  // A power cut may leave half a character.
  await writeFile(file, Buffer.concat([Buffer.from([...log, '{"t":"intent","id":"4","text":"'].join('\n')), Buffer.from([0xc3])]));
  expect(await examine(root)).toMatchObject([oneLeft]);
  await rm(join(outbox, 'log'), { recursive: true });
  await mkdir(join(outbox, 'dead-letters'));
  await writeFile(join(outbox, 'dead-letters/0-1'), '');
  expect(await examine(root)).toMatchObject([{ check: 'outbox', path: '.oh-outbox/host/dead-letters' }]);
});
