import { mkdir, writeFile } from 'node:fs/promises';
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

/** A log of an outbox, in its first file. */
async function writeLog(outbox: string, number: number, contents: string | Buffer): Promise<void> {
  const directory = join(outbox, `log/${String(number).padStart(12, '0')}`);
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, '000000000000'), contents);
}

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
];
const oneLeft = { check: 'outbox', path: '.oh-outbox/host', message: '1 notice to a webhook left to deliver' };

test('notices that wait in an outbox are told, those that were delivered or never to be sent are not', async () => {
  const root = await temporaryDirectory();
  const outbox = join(root, '.oh-outbox/host');
  await writeLog(outbox, 1, [...log, '{"t":"intent","id":"5","n":4,"pa'].join('\n'));
  await writeFile(join(outbox, 'log/desktop.ini'), '');
  expect(await examine(root)).toMatchObject([oneLeft]);
  // A power cut may leave half a character.
  await writeLog(outbox, 1, Buffer.concat([Buffer.from([...log, '{"t":"intent","id":"5","text":"'].join('\n')), Buffer.from([0xc3])]));
  expect(await examine(root)).toMatchObject([oneLeft]);
  // Whoever was about to take it over was killed.
  await writeLog(outbox, 2, '{"t":"sealed"}\n');
  expect(await examine(root)).toMatchObject([oneLeft]);
  await writeLog(outbox, 1, [...log, '{"t":"done","ids":["2"]}\n'].join('\n'));
  expect(await examine(root)).toEqual([]);
});

test('of notices that wait it is told why they could not be delivered', async () => {
  const root = await temporaryDirectory();
  await writeLog(join(root, '.oh-outbox/host'), 1, [...log, '{"t":"tried","ids":["2"],"attempts":3,"reason":"HTTP 401"}\n'].join('\n'));
  expect(await examine(root)).toMatchObject([{ ...oneLeft, message: `${oneLeft.message}; the last attempt: HTTP 401` }]);
  const { stdout } = await runCaptured(['webhooks', 'pending', '--store', `local:${root}`]);
  expect(stdout).toMatch(/^outbox +method +attempts +last failure +id +path\nhost +POST +3 +HTTP 401 +2 +b\n$/);
});

test('a damaged outbox is told without what is in it, and hides no other', async () => {
  const root = await temporaryDirectory();
  await writeLog(
    join(root, '.oh-outbox/damaged'),
    1,
    [log[0], '{"t":"intent","id":"3","path":"sk-canary" oops}', ...log.slice(1)].join('\n'),
  );
  await writeLog(join(root, '.oh-outbox/host'), 1, `${log.join('\n')}\n`);
  const findings = await examine(root);
  expect(findings).toMatchObject([
    { check: 'outbox', severity: 'error', path: '.oh-outbox/damaged', message: expect.stringContaining('cannot be read') },
    oneLeft,
  ]);
  expect(JSON.stringify(findings)).not.toContain('canary');
  const pending = await runCaptured(['webhooks', 'pending', '--json', '--store', `local:${root}`]);
  expect(pending).toMatchObject({
    exitCode: 1,
    stdout: expect.stringMatching(/^\{"outbox":"host",[^\n]*"path":"b"[^\n]*\}\n$/),
    stderr: expect.stringMatching(/^oh-storage: \[corrupt\] the outbox "damaged" cannot be read: line 2 [^\n]*\n$/),
  });
});

test('notices that were given up are told', async () => {
  const root = await temporaryDirectory();
  const letters = join(root, '.oh-outbox/host/dead-letters');
  await mkdir(letters, { recursive: true });
  const head = '{"reason":"HTTP 500","failedAttempts":3,"diedAt":"2026-01-01T00:00:00Z"}';
  await writeFile(join(letters, '000000000001-1'), `${head}\n${log[1]}\n`);
  const oneDead = { check: 'outbox', path: '.oh-outbox/host/dead-letters', message: expect.stringContaining('1 notice given up') };
  expect(await examine(root)).toMatchObject([oneDead]);
  await writeFile(join(letters, '000000000000-2'), 'torn');
  expect(await examine(root)).toMatchObject([{ check: 'outbox', severity: 'error', path: '.oh-outbox/host' }, oneDead]);
});
