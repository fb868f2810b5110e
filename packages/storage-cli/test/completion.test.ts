import { execFile, spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import type { CliContext } from '../src/cli-context.ts';
import { createProgram } from '../src/program.ts';
import { runCaptured } from './run-captured.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const drivers = {
  bash: `source "$1"; shift; COMP_WORDS=(oh-storage "$@"); COMP_CWORD=$#; _oh_storage; printf '%s\\n' "\${COMPREPLY[@]}"`,
  zsh: `compdef() { }
    _describe() { print -rl -- "\${(@)\${(@P)@[-1]}%%:*}" }
    prefix=
    compset() { [[ $typed == $~2* ]] && { prefix=$2; typed=\${typed#$~2} } }
    _files() { [[ -z $prefix ]] || print -r -- "\${prefix}name" }
    compadd() { shift; print -rl -- "$@" }
    source "$1"; shift; words=(oh-storage "$@"); CURRENT=$(( $# + 1 )); typed=$words[-1]; _oh_storage`,
  fish: `source $argv[1]; complete -C "oh-storage $argv[2..-1]"`,
} as const;

type Shell = keyof typeof drivers;

/** Words as each shell gives them, and what it offers for the last; bash takes "=" and ":" for words of their own, and completes paths by itself. */
const valuesBehind: Readonly<Record<Shell, readonly (readonly [readonly string[], readonly string[]])[]>> = {
  bash: [
    [
      ['--format', '='],
      ['jsonl', 'trajectory'],
    ],
    [['--format', '=', 't'], ['trajectory']],
  ],
  zsh: [
    [['--format='], ['jsonl', 'trajectory']],
    [['--store=local:da'], ['local:name']],
    [['id', 'local:da'], ['local:name']],
  ],
  fish: [[['--format='], ['--format=jsonl', '--format=trajectory']]],
};

const flags: Readonly<Record<Shell, readonly string[]>> = { bash: ['--norc', '-c'], zsh: ['-f', '-c'], fish: ['--no-config', '-c'] };

/** What a shell offers in the place of the last word, of what begins with it. */
async function complete(shell: Shell, words: readonly string[]): Promise<readonly string[]> {
  return (await offers(shell, words)).filter((word) => word.startsWith(words.at(-1) ?? ''));
}

async function offers(shell: Shell, words: readonly string[]): Promise<readonly string[]> {
  const script = join(await temporaryDirectory(), 'script');
  const { stdout, exitCode } = await runCaptured(['completion', shell]);
  expect(exitCode).toBe(0);
  await writeFile(script, stdout);
  const name = shell === 'fish' ? [] : ['shell'];
  const offered = await promisify(execFile)(shell, [...flags[shell], drivers[shell], ...name, script, ...words]);
  expect(offered.stderr).toBe('');
  const candidates = offered.stdout.split('\n').map((line) => line.split('\t')[0] ?? '');
  return candidates.filter((word) => word !== '');
}

/** Answers each line of its input, the words of a command line of which the last is `@` where it is empty, with a line of what is offered. */
const answering = {
  bash: `source "$1"
    while read -r -a line; do
      [[ \${line[-1]} == @ ]] && line[-1]=
      COMP_WORDS=(oh-storage "\${line[@]}"); COMP_CWORD=\${#line[@]}; COMPREPLY=(); _oh_storage; echo "\${COMPREPLY[@]}"
    done`,
  zsh: `compdef() { }
    _describe() { print -rl -- "\${(@)\${(@P)@[-1]}%%:*}" }
    _files() { }
    compset() { }
    compadd() { shift; print -rl -- "$@" }
    source "$1"
    while read -r line; do
      words=(oh-storage \${(s: :)line}); CURRENT=\${#words}; [[ $words[-1] == @ ]] && words[-1]=''
      print -r -- $(_oh_storage)
    done`,
  fish: `source $argv[1]
    while read line
      echo (complete -C "oh-storage $(string replace @ '' -- $line)" | string split -f 1 \\t)
    end`,
} as const;

/** What a shell offers for the last word of each of several command lines. */
async function completeAll(shell: Shell, lines: readonly (readonly string[])[]): Promise<readonly ReadonlySet<string>[]> {
  const script = join(await temporaryDirectory(), 'script');
  await writeFile(script, (await runCaptured(['completion', shell])).stdout);
  const name = shell === 'fish' ? [] : ['shell'];
  const input = lines.map((words) => `${words.map((word) => word || '@').join(' ')}\n`).join('');
  const { stdout, stderr } = spawnSync(shell, [...flags[shell], answering[shell], ...name, script], { input, encoding: 'utf8' });
  expect(stderr).toBe('');
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => new Set(line.split(' ')));
}

/** Every command of the program, by every name that it goes by. */
function* namedCommands(
  command: Command,
  words: readonly string[] = [],
): Generator<readonly [readonly string[], Command], void, undefined> {
  yield [words, command];
  for (const child of command.commands) {
    for (const name of namesOf(child)) {
      yield* namedCommands(child, [...words, name]);
    }
  }
}

function namesOf(command: Command): readonly string[] {
  return [command.name(), ...command.aliases()];
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
      expect(await complete(shell, ['completion', 'z'])).toEqual(['zsh']);
    },
  );

  test.skipIf(isMissing)(`offers values behind "=", and paths behind "local:"${isMissing ? ` (skipped: no ${shell})` : ''}`, async () => {
    for (const [typed, offered] of valuesBehind[shell]) {
      expect(await offers(shell, ['events', 'export', ...typed])).toEqual(offered);
    }
  });

  test.skipIf(isMissing)(
    `offers every command, alias and option that there is${isMissing ? ` (skipped: no ${shell})` : ''}`,
    { timeout: 120_000 },
    async () => {
      const program = createProgram({ io: {} } as CliContext, [], () => undefined);
      const all = [...namedCommands(program)];
      expect(all.map(([words]) => words.join(' '))).toContain('backup dump');
      const words = await completeAll(
        shell,
        all.map(([at]) => [...at, '']),
      );
      const options = await completeAll(
        shell,
        all.map(([at]) => [...at, '-']),
      );
      const missing = all.flatMap(([at, command], index) => [
        ...command.commands
          .flatMap(namesOf)
          .filter((name) => words[index]?.has(name) !== true)
          .map((name) => [...at, name]),
        ...[...command.options, ...program.options]
          .flatMap(({ short, long }) => [short, long])
          .filter((name) => name !== undefined && name !== null && options[index]?.has(name) !== true)
          .map((name) => [...at, name]),
      ]);
      expect(missing.map((each) => each.join(' '))).toEqual([]);
    },
  );
});

test('another shell is a wrong command line', async () => {
  expect(await runCaptured(['completion', 'tcsh'])).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('bash, zsh, fish') });
});
