import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';
import { runInTerminal, type TerminalResult, terminalMissing } from '@oh-tools/terminal';
import { beforeEach, describe, expect, test } from 'vitest';
import { programArguments } from './spawn-cli.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const ctrlC = '\u0003';
const newQuestion = 'New passphrase of the repository: ';
const question = 'Passphrase of the repository: ';
const again = 'The same once more: ';

describe.skipIf(terminalMissing !== undefined)(
  `backup in a terminal${terminalMissing === undefined ? '' : ` (skipped: ${terminalMissing})`}`,
  { timeout: 120_000 },
  () => {
    let cwd: string;

    beforeEach(async () => {
      cwd = await temporaryDirectory();
      await mkdir(join(cwd, 'data'));
      await writeFile(join(cwd, 'data', 'a.json'), '{"a":1}');
    });

    async function run(argv: readonly string[], replies: readonly (readonly [string, string])[] = []): Promise<TerminalResult> {
      const command = [process.execPath, ...programArguments, 'backup', ...argv];
      return await runInTerminal({ command, cwd, env: { HOME: cwd, TERM: 'xterm', COLUMNS: '100' }, replies });
    }

    async function createEncrypted(): Promise<TerminalResult> {
      const replies = [
        [newQuestion, 'canary one\r'],
        [again, 'canary one\r'],
      ] as const;
      return await run(['create', '--encrypt', 'local:data', 'local:backups'], replies);
    }

    test('a new passphrase is asked for twice, and then once, and never shown', async () => {
      const created = await createEncrypted();
      expect(created).toMatchObject({ exitCode: 0, output: expect.stringMatching(/snapshot [0-9a-f]{12}: 1 file /) });
      expect(created.output.startsWith(`${newQuestion}\r\n${again}\r\n`)).toBe(true);
      const verified = await run(['verify', 'local:backups'], [[question, 'canary one\r']]);
      expect(verified).toMatchObject({ exitCode: 0 });
      expect(verified.output.startsWith(`${question}\r\n`)).toBe(true);
      expect(created.output + verified.output).not.toContain('canary');
    });

    test('two passphrases that differ make nothing, and a wrong one opens nothing', async () => {
      const replies = [
        [newQuestion, 'canary one\r'],
        [again, 'canary two\r'],
      ] as const;
      const differing = await run(['create', '--encrypt', 'local:data', 'local:backups'], replies);
      expect(differing).toMatchObject({ exitCode: 2, output: expect.stringContaining('the two passphrases differ; nothing was made') });
      expect(existsSync(join(cwd, 'backups'))).toBe(false);
      await createEncrypted();
      const wrong = await run(['list', 'local:backups'], [[question, 'canary two\r']]);
      expect(wrong).toMatchObject({ exitCode: 1, output: expect.stringContaining('[permission-denied]') });
      expect(differing.output + wrong.output).not.toContain('canary');
    });

    test('Ctrl-C at the passphrase ends the command by its signal, and makes nothing', async () => {
      const replies = [[newQuestion, `half${ctrlC}`]] as const;
      expect(await run(['create', '--encrypt', 'local:data', 'local:backups'], replies)).toMatchObject({
        exitCode: -constants.signals.SIGINT,
      });
      expect(existsSync(join(cwd, 'backups'))).toBe(false);
    });

    test('a bar shows how far a backup is, and is gone in the end', async () => {
      await Promise.all(Array.from({ length: 8000 }, (_, i) => writeFile(join(cwd, 'data', `${i}`), `contents ${i}`)));
      const { output, exitCode } = await run(['create', 'local:data', 'local:backups']);
      expect(exitCode).toBe(0);
      expect(output).toMatch(/backing up \[ *\] +0 files/);
      expect(output).toMatch(/backing up \[=* *\] \d+% {2}\d+\/8001 files/);
      // The cursor was never hidden, and where the bar was the result stands.
      expect(output).not.toContain('\u001b[?25l');
      expect(output).toMatch(/\[[02]?Ksnapshot [0-9a-f]{12}: 8001 files [^\r]*\r\n$/);
    });

    test('Ctrl-C in the middle of a backup removes its bar and leaves no snapshot, and the next one makes it', async () => {
      await Promise.all(Array.from({ length: 3000 }, (_, i) => writeFile(join(cwd, 'data', `${i}`), `contents ${i}`)));
      const stopped = await run(['create', 'local:data', 'local:backups'], [['backing up [', ctrlC]]);
      expect(stopped.exitCode).toBe(-constants.signals.SIGINT);
      expect(stopped.output).not.toContain('snapshot');
      expect(stopped.output.trimEnd()).toMatch(/\[[02]?K$/);
      expect(await run(['create', 'local:data', 'local:backups'])).toMatchObject({ exitCode: 0 });
      expect((await run(['list', 'local:backups'])).output.match(/3001/g)).toHaveLength(1);
    });
  },
);
