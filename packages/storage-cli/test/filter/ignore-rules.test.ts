import { execFileSync, spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { IgnoreRules } from '../../src/filter/ignore-rules.ts';
import { parsePattern } from '../../src/filter/parse-pattern.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

test.each([
  ['*.log', ['a.log', 'd/a.log', 'd.log/x'], ['a.logs', 'A.LOG', 'alog']],
  ['/tmp', ['tmp', 'tmp/x'], ['d/tmp', 'tmpx']],
  ['cache/', ['cache/x', 'd/cache/e/x'], ['cache', 'd/cache']],
  ['logs/**/*.gz', ['logs/a.gz', 'logs/d/e/a.gz'], ['d/logs/a.gz', 'logs/a.zip']],
  ['d/*', ['d/a', 'd/e/a', 'd/.hidden'], ['a', 'e/d/a']],
  ['{a,b}', ['{a,b}'], ['a', 'b']],
  ['[!a]b', ['bb', 'd/.b'], ['ab', '/b']],
  ['é?', ['éü'], ['é']],
])('%j matches as a line of a .gitignore', (pattern, matching, others) => {
  const matches = (path: string): boolean => new IgnoreRules([pattern]).matchesFile(path);
  expect({ matching: matching.filter(matches), others: others.filter(matches) }).toEqual({ matching, others: [] });
});

test('the last pattern that matches counts; nothing is excepted from a directory that matches', () => {
  const rules = new IgnoreRules(['*.log', '!keep.log', 'd/', '!d/keep.log', '/e/*', '!/e/keep/']);
  const paths = ['a.log', 'keep.log', 'x/keep.log', 'd/keep.log', 'e/a', 'e/keep/a', 'e/keep/a.log', 'f'];
  expect(paths.filter((path) => !rules.matchesFile(path))).toEqual(['keep.log', 'x/keep.log', 'e/keep/a', 'f']);
  expect(['d', 'e', 'e/x', 'e/keep'].filter((path) => rules.matchesDirectory(path))).toEqual(['d', 'e/x']);
});

const names = ['a', 'b', 'ab', 'a.log', 'x', 'A', '!a', '#a', 'a b', '[a]', '{a,b}', 'a\\b', '9', '-', '.h', ']', '(a)', 'a|b', 'a+'];
const paths = names.flatMap((a) => [a, ...names.slice(0, 6).flatMap((b) => [`${a}/${b}`, `x/${a}/${b}`])]);
const known = [
  ...[
    '*.log',
    '/a',
    'a/',
    'a/b',
    '**/a',
    'a/**',
    'a/**/b',
    '?',
    '[ab]',
    '[!a]',
    '[^a]',
    '[a-z]',
    '[[:digit:]]',
    '[[:alpha:]]',
    '\\!a',
    '\\#a',
  ],
  ...[
    'a\\ b',
    '*',
    '!*.log',
    '!a',
    '!/a',
    '{a,b}',
    'a*b',
    '**',
    '/*',
    '*/',
    '[z-a]',
    '[]a]',
    '[a-]',
    'a**b',
    '**/',
    '/**',
    '\\[a\\]',
    '[\\]a]',
  ],
  ...[
    'a\\\\b',
    'a  ',
    '*[b]',
    'a+',
    '(a)',
    'a|b',
    '+(a)',
    '@(a|b)',
    '.*',
    '**/*.log',
    'a/**/**/b',
    '***',
    'a/*',
    'x/*/b',
    '[!]a]',
    '[[:digit:]a]',
  ],
  ...[
    'a[[:punct:]]log',
    '[[:alpha:]]-',
    '[[:alpha:]]\\ b',
    '[![:alnum:]]*',
    '[[:upper:][:digit:]]',
    '[[:punct:]]',
    '[[:graph:]]\\+',
    '[[:x]',
    '[:ab:]',
  ],
];

/** The paths that git takes as ignored. */
function ignoredByGit(repository: string): readonly string[] {
  const options = { input: `${paths.join('\0')}\0`, stdio: ['pipe', 'pipe', 'inherit'] as ('pipe' | 'inherit')[] };
  const { stdout } = spawnSync('git', ['-C', repository, 'check-ignore', '--no-index', '-v', '-n', '-z', '--stdin'], options);
  const fields = String(stdout).split('\0');
  return paths.filter((path, index) => {
    const [, , pattern = '', name] = fields.slice(4 * index, 4 * index + 4);
    expect(name).toBe(path);
    return pattern !== '' && !pattern.startsWith('!');
  });
}

const hasGit = spawnSync('git', ['--version']).status === 0;

test.skipIf(!hasGit)(`git takes the same paths${hasGit ? '' : ' (skipped: no git)'}`, { timeout: 120_000 }, async () => {
  const repository = await temporaryDirectory();
  execFileSync('git', ['init', '-q', repository]);
  const lines = fc.array(fc.constantFrom(...known), { minLength: 1, maxLength: 4 });
  const check = async (patterns: readonly string[]): Promise<void> => {
    await writeFile(join(repository, '.git/info/exclude'), patterns.map((pattern) => `${pattern}\n`).join(''));
    const rules = new IgnoreRules(patterns);
    expect(paths.filter((path) => rules.matchesFile(path))).toEqual(ignoredByGit(repository));
  };
  for (const pattern of known) {
    expect(parsePattern(pattern, [])).toEqual([pattern]);
    await check([pattern]);
  }
  await fc.assert(fc.asyncProperty(lines, check), { numRuns: 200 });
});

test.each([
  '',
  ' ',
  '#a',
  '!',
  '!a',
  '[',
  'a[b',
  '[a/b]',
  'a\\',
  './a',
  'a/../b',
  'a//b',
  '/',
  '//a',
  '!/',
  'a\nb',
  '[[:letter:]]',
  '[[:alpha:]',
  '[[:alpha:]/-[a-c]',
  'x'.repeat(70_000),
])('%j is no pattern', (pattern) => {
  expect(() => parsePattern(pattern)).toThrow(/^It |^A /);
});

test('patterns are gathered in order, and an exception may follow another pattern', () => {
  expect(parsePattern('!a', parsePattern('*'))).toEqual(['*', '!a']);
  expect(parsePattern('.a/..b/c.')).toEqual(['.a/..b/c.']);
});
