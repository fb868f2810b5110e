import { execFile, spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { runCaptured } from './run-captured.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const drivers = {
  bash: `source "$1"; shift; COMP_WORDS=(oh-storage "$@"); COMP_CWORD=$#; _oh_storage; printf '%s\\n' "\${COMPREPLY[@]}"`,
  zsh: `compdef() { }
    _describe() { print -rl -- "\${(@)\${(@P)@[-1]}%%:*}" }
    _files() { }
    compadd() { shift; print -rl -- "$@" }
    source "$1"; shift; words=(oh-storage "$@"); CURRENT=$(( $# + 1 )); _oh_storage`,
  fish: `source $argv[1]; complete -C "oh-storage $argv[2..-1]"`,
} as const;

type Shell = keyof typeof drivers;

const flags: Readonly<Record<Shell, readonly string[]>> = { bash: ['--norc', '-c'], zsh: ['-f', '-c'], fish: ['--no-config', '-c'] };

/** What a shell offers in the place of the last word. */
async function complete(shell: Shell, words: readonly string[]): Promise<readonly string[]> {
  const script = join(await temporaryDirectory(), 'script');
  const { stdout, exitCode } = await runCaptured(['completion', shell]);
  expect(exitCode).toBe(0);
  await writeFile(script, stdout);
  const name = shell === 'fish' ? [] : ['shell'];
  const offered = await promisify(execFile)(shell, [...flags[shell], drivers[shell], ...name, script, ...words]);
  expect(offered.stderr).toBe('');
  const candidates = offered.stdout.split('\n').map((line) => line.split('\t')[0] ?? '');
  return candidates.filter((word) => word !== '' && word.startsWith(words.at(-1) ?? ''));
}

describe.each(['bash', 'zsh', 'fish'] as const)('completion for %s', (shell) => {
  const isMissing = spawnSync(shell, ['-c', 'true']).error !== undefined;

  test.skipIf(isMissing)(
    `offers commands, options and their values${isMissing ? ` (skipped: no ${shell})` : ''}`,
    { timeout: 120_000 },
    async () => {
      expect(await complete(shell, [''])).toEqual(expect.arrayContaining(['ls', 'conversations', 'secrets', 'completion']));
      expect(await complete(shell, ['conv'])).toEqual(['conversations']);
      expect(await complete(shell, ['secrets', ''])).toEqual(expect.arrayContaining(['list', 'rotate', 'keys']));
      expect(await complete(shell, ['--json', 'secrets', 'keys', 're'])).toEqual(expect.arrayContaining(['retire', 'reinstate']));
      expect(await complete(shell, ['secrets', 'set', '--store', 'secrets', '--desc'])).toEqual(['--description']);
      expect(await complete(shell, ['secrets', 'get', '--re'])).toEqual(['--reveal']);
      expect(await complete(shell, ['secrets', 'list', '--re'])).toEqual([]);
      expect(await complete(shell, ['secrets', 'list', '--js'])).toEqual(['--json']);
      expect(await complete(shell, ['events', 'export', '--format', ''])).toEqual(['jsonl', 'trajectory']);
    },
  );
});

test('another shell is a wrong command line', async () => {
  expect(await runCaptured(['completion', 'tcsh'])).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('bash, zsh, fish') });
});
