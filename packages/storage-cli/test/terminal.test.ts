import { mkdir, writeFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';
import { runInTerminal, type TerminalResult, terminalMissing } from '@oh-tools/terminal';
import { beforeEach, describe, expect, test } from 'vitest';
import { programArguments } from './spawn-cli.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const ctrlC = '\u0003';
const ctrlD = '\u0004';

describe.skipIf(terminalMissing !== undefined)(
  `in a terminal${terminalMissing === undefined ? '' : ` (skipped: ${terminalMissing})`}`,
  { timeout: 120_000 },
  () => {
    let home: string;

    beforeEach(async () => {
      home = await temporaryDirectory();
      await mkdir(join(home, 'data'));
    });

    async function run(argv: readonly string[], replies: TerminalReplies = []): Promise<TerminalResult> {
      const env = { HOME: home, OH_STORAGE_URL: 'local:~/data', OH_SECRET_KEY: 'a passphrase for tests', TERM: 'xterm' };
      return await runInTerminal({ command: [process.execPath, ...programArguments, ...argv], cwd: home, env, replies });
    }

    type TerminalReplies = readonly (readonly [string, string])[];

    test('a secret is asked for and not shown, corrections included', async () => {
      const { output, exitCode } = await run(['secrets', 'set', 'TOKEN'], [['secret "TOKEN": ', 'ghp_canaryX\u007f\r']]);
      expect(output).not.toContain('canary');
      expect({ output, exitCode }).toEqual({ output: 'secret "TOKEN": \r\noh-storage: [note] stored the secret "TOKEN"\r\n', exitCode: 0 });
      expect((await run(['secrets', 'get', 'TOKEN', '--reveal'])).output).toBe('ghp_canary\r\n');
    });

    test('of several lines that are pasted nothing is stored, since all but the first would be lost', async () => {
      for (const pasted of ['one\rtwo\r', 'one\rtwo']) {
        expect(await run(['secrets', 'set', 'TOKEN'], [['secret "TOKEN": ', pasted]])).toMatchObject({
          exitCode: 2,
          output: expect.stringContaining('[usage] several lines were pasted'),
        });
      }
      expect((await run(['secrets', 'list'])).output).toBe('oh-storage: [note] no secrets\r\n');
    });

    test('what cannot be undone is asked, and only a yes does it', async () => {
      const head = { $schema: 'urn:oh-storage:conversation-bundle', version: 1, events: 0 };
      const metadata = { conversation_id: 'c1', selected_repository: null, created_at: '2025-06-12T09:30:11+00:00' };
      await writeFile(join(home, 'c1.jsonl'), `${JSON.stringify({ ...head, metadata })}\n`);
      expect(await run(['conversations', 'import', 'c1.jsonl'])).toEqual({ output: 'c1\r\n', exitCode: 0 });
      const question = 'This will delete the conversation c1 for ever. Go on? [y/N] ';
      const refused = await run(['conversations', 'delete', 'c1'], [[question, '\r']]);
      expect(refused).toMatchObject({ exitCode: 1, output: expect.stringContaining('[cancelled] nothing was changed') });
      expect((await run(['conversations', 'list'])).output).toContain('c1');
      expect(await run(['conversations', 'delete', 'c1'], [[question, 'y\r']])).toMatchObject({ exitCode: 0 });
      expect((await run(['conversations', 'list'])).output).toBe('oh-storage: [note] no conversations\r\n');
    });

    test('Ctrl-C at a prompt ends the command by its signal, Ctrl-D with 1; neither stores anything', async () => {
      expect(await run(['secrets', 'set', 'TOKEN'], [['secret "TOKEN": ', `half${ctrlC}`]])).toMatchObject({
        exitCode: -constants.signals.SIGINT,
      });
      expect(await run(['secrets', 'set', 'TOKEN'], [['secret "TOKEN": ', ctrlD]])).toMatchObject({
        exitCode: 1,
        output: expect.stringContaining('[cancelled] the input ended without an answer'),
      });
      expect((await run(['secrets', 'list'])).output).toBe('oh-storage: [note] no secrets\r\n');
    });
  },
);
