import { globSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openHandsHome } from '@oh-tools/fixtures';
import { runInTerminal, type TerminalResult, type TerminalRun, terminalMissing } from '@oh-tools/terminal';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { version as vitestVersion } from 'vitest/node';
import { type LocalRegistry, startLocalRegistry } from '../src/local-registry.ts';
import { configuredRegistry, NpmClient, runScript } from '../src/npm-client.ts';
import { readPublishedPackages } from '../src/published-package.ts';
import { bunOf, installRuntime, nodeOf, runtimesMissing } from '../src/runtime.ts';
import { libraries } from './library-programs.ts';

const packages = await readPublishedPackages();
const versionOf = new Map(packages.map(({ name, version }) => [name, version]));

/** The line before the bundle that the README gives to esbuild. */
function shownBanner(): string {
  const readme = readFileSync(join(import.meta.dirname, '../../../README.md'), 'utf8');
  return /--banner:js="([^"]+)"/.exec(readme)?.[1] ?? '';
}

/** The lines of the READMEs that install packages. */
function shownInstallations(): { readonly file: string; readonly line: string; readonly names: string[] }[] {
  const workspace = join(import.meta.dirname, '../../..');
  return ['README.md', ...globSync('packages/*/README.md', { cwd: workspace }).sort()].flatMap((file) =>
    [...readFileSync(join(workspace, file), 'utf8').matchAll(/^```sh\n(npm install [\s\S]*?)\n```$/gm)].flatMap(([, text = '']) =>
      text.split('\n').map((line) => ({
        file,
        line,
        names: line
          .split(' ')
          .filter((word) => /^[@\w]/.test(word))
          .slice(2),
      })),
    ),
  );
}

let directory: string;
let registry: LocalRegistry | undefined;
let npm: NpmClient;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'oh-works-alone-'));
  registry = await startLocalRegistry(await configuredRegistry(import.meta.dirname));
  npm = await NpmClient.create(join(directory, 'npm'), registry.url);
  await Promise.all(packages.map((published) => npm.run(published.directory, 'publish', '--provenance=false', '--ignore-scripts')));
}, 120_000);

afterAll(async () => {
  await registry?.[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

const installations = new Map<string, Promise<string>>();

/** A folder with one package, named alone, and nothing else; it is installed once. */
async function installAlone(name: string): Promise<string> {
  const installation = installations.get(name) ?? install(name);
  installations.set(name, installation);
  return await installation;
}

async function install(name: string): Promise<string> {
  const folder = join(directory, 'installed', name);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), '{ "private": true }\n');
  await npm.run(folder, 'install', name);
  return folder;
}

/** The names of everything that lies in the folder's `node_modules`. */
async function installedNames(folder: string): Promise<string[]> {
  const lock = JSON.parse(await readFile(join(folder, 'node_modules/.package-lock.json'), 'utf8')) as { readonly packages: object };
  return Object.keys(lock.packages)
    .map((path) => path.replace(/^.*node_modules\//, ''))
    .sort();
}

describe('installed alone from a registry', { timeout: 120_000 }, () => {
  test('every package that is published is tried here', () => {
    expect([...versionOf.keys()].sort()).toEqual([...libraries.map(({ name }) => name), '@oh/storage-cli'].sort());
  });

  test.each(libraries)('$name works, and brings nothing it does not declare', async ({ name, installs, sdk, program }) => {
    const folder = await installAlone(name);
    await writeFile(join(folder, 'main.mjs'), program);
    const names = await installedNames(folder);
    // What an SDK brings with it is its own affair.
    expect(sdk === undefined ? names : names.filter((each) => each.startsWith('@oh/') || each === sdk)).toEqual(
      [...installs, ...(sdk === undefined ? [] : [sdk])].sort(),
    );
    expect(await runScript(folder, ['main.mjs'])).toEqual({ stdout: 'hello\n', stderr: '' });
  });

  test.each(libraries)(
    '$name works in one file of esbuild, as the README makes it, whatever is not installed',
    async ({ name, program }) => {
      const folder = await installAlone(name);
      await writeFile(join(folder, 'server.mjs'), program);
      const target = await mkdtemp(join(directory, 'bundled-'));
      await build({
        absWorkingDir: folder,
        entryPoints: ['server.mjs'],
        outfile: join(target, 'server.mjs'),
        bundle: true,
        platform: 'node',
        format: 'esm',
        banner: { js: shownBanner() },
        logLevel: 'silent',
      });
      expect(await runScript(target, ['server.mjs'])).toEqual({ stdout: 'hello\n', stderr: '' });
    },
  );

  test.each(shownInstallations())('$line of $file', async ({ file, line, names }) => {
    const folder = join(directory, 'shown', file, names.join('+'));
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'package.json'), '{ "private": true }\n');
    const [, ...args] = line.split(' ');
    // What is installed globally goes into a place of this test.
    await npm.run(folder, ...args, `--prefix=${folder}`);
    const installed = await readdir(join(folder, line.includes('--global') ? 'lib/node_modules' : 'node_modules'));
    expect(installed).toEqual(expect.arrayContaining(names.map((name) => name.replace(/\/.*/, ''))));
  });

  test('@oh/storage-cli brings its command', async () => {
    const folder = await installAlone('@oh/storage-cli');
    const names = await installedNames(folder);
    expect(names.filter((name) => name.startsWith('@oh/'))).toEqual([
      '@oh/backup',
      '@oh/conversation-store',
      '@oh/event-store',
      '@oh/file-store-core',
      '@oh/file-store-local',
      '@oh/secrets-store',
      '@oh/settings-store',
      '@oh/storage',
      '@oh/storage-cli',
    ]);
    expect(names.filter((name) => /^@(aws-sdk|google-cloud|smithy)\/|^vitest$/.test(name))).toEqual([]);
    expect(await npm.run(folder, 'exec', '--', 'oh-storage', '--version')).toBe(`${versionOf.get('@oh/storage-cli')}\n`);
    expect(await npm.run(folder, 'exec', '--', 'oh-storage', '--help')).toContain('Usage: oh-storage');
    const withoutBackend = npm.run(folder, 'exec', '--', 'oh-storage', 'ls', 's3://bucket');
    await expect(withoutBackend).rejects.toThrow('npm install @oh/file-store-s3 @aws-sdk/client-s3');
  });

  test.skipIf(terminalMissing !== undefined)(
    `@oh/storage-cli asks at a terminal, and shows nothing of what is typed${terminalMissing === undefined ? '' : ` (skipped: ${terminalMissing})`}`,
    async () => {
      const folder = await installAlone('@oh/storage-cli');
      await mkdir(join(folder, 'data'));
      const bin = join(folder, 'node_modules/@oh/storage-cli/bin/oh-storage.js');
      const env = {
        PATH: process.env['PATH'] ?? '',
        HOME: folder,
        OH_STORAGE_URL: 'local:data',
        OH_SECRET_KEY: 'a passphrase',
        TERM: 'xterm',
      };
      const run = async (argv: readonly string[], replies: TerminalRun['replies'] = []): Promise<TerminalResult> =>
        await runInTerminal({ command: [process.execPath, bin, ...argv], cwd: folder, env, replies });
      expect(await run(['secrets', 'set', 'TOKEN'], [['secret "TOKEN": ', 'typed\r']])).toEqual({
        output: 'secret "TOKEN": \r\noh-storage: [note] stored the secret "TOKEN"\r\n',
        exitCode: 0,
      });
      expect(await run(['secrets', 'get', 'TOKEN', '--reveal'])).toEqual({ output: 'typed\r\n', exitCode: 0 });
      expect(await run(['secrets', 'set', 'TOKEN'], [['secret "TOKEN": ', '\u0003']])).toMatchObject({ exitCode: -2 });
      expect(await run(['settings', 'set', 'language', 'de'])).toEqual({ output: '', exitCode: 0 });
      expect(await run(['conversations', 'list'])).toEqual({ output: 'oh-storage: [note] no conversations\r\n', exitCode: 0 });
      expect((await run(['completion', 'bash'])).output).toContain('complete -o default -F _oh_storage oh-storage');
    },
  );

  test('what is published has its sources, types, licence and notes, and no tests', async () => {
    for (const { name } of packages) {
      const [packed] = JSON.parse(await npm.run(directory, 'pack', '--json', '--dry-run', name)) as { files: { path: string }[] }[];
      const paths = packed?.files.map(({ path }) => path) ?? [];
      expect(paths).toEqual(
        expect.arrayContaining(['LICENSE', 'README.md', 'dist/index.d.ts', 'dist/index.js', 'package.json', 'src/index.ts']),
      );
      expect(paths.filter((path) => !/^(bin|dist|src)\/|^(LICENSE|README\.md|CHANGELOG\.md|package\.json)$/.test(path))).toEqual([]);
    }
  });
});

test('every package names the same oldest runtimes', () => {
  expect(new Set(packages.map(({ oldestNode, oldestBun }) => `${oldestNode} ${oldestBun}`)).size).toBe(1);
});

const { oldestNode = '', oldestBun = '' } = packages[0] ?? {};

describe.skipIf(runtimesMissing !== undefined).each([nodeOf(oldestNode), bunOf(oldestBun)])(
  `on $name, the oldest that the packages say they run on${runtimesMissing === undefined ? '' : ` (skipped: ${runtimesMissing})`}`,
  { timeout: 120_000 },
  (runtime) => {
    let node: string;

    beforeAll(async () => {
      node = await installRuntime(npm, join(directory, runtime.name), runtime);
    }, 120_000);

    test('it is this one that runs', async () => {
      expect(await runScript(directory, ['--version'], { node })).toEqual({ stdout: `${runtime.versionLine}\n`, stderr: '' });
    });

    test.each(libraries)('$name works, and warns of nothing', async ({ name, program }) => {
      const folder = await installAlone(name);
      await writeFile(join(folder, 'main.mjs'), program);
      expect(await runScript(folder, ['main.mjs'], { node })).toEqual({ stdout: 'hello\n', stderr: '' });
    });

    test('oh-storage imports a folder of OpenHands, changes what is in it, and backs it up', async () => {
      const folder = await mkdtemp(join(directory, 'cli-'));
      const bin = join(await installAlone('@oh/storage-cli'), 'node_modules/@oh/storage-cli/bin/oh-storage.js');
      const environment = { HOME: folder, OH_STORAGE_URL: 'local:data', OH_BACKUP_PASSPHRASE: 'correct horse battery staple' };
      const run = async (...argv: readonly string[]): Promise<string> => {
        const { stdout, stderr } = await runScript(folder, [bin, ...argv], { node, environment });
        expect(stderr).not.toMatch(/warning/i);
        return stdout;
      };
      // Some of the folder is damaged.
      await expect(run('import', 'openhands', `local:${openHandsHome}`, '--to', 'local:data', '--apply')).rejects.toMatchObject({
        code: 1,
        stdout: expect.stringContaining('conversations  12 '),
      });
      expect(await run('conversations', 'list', '--limit', '1', '--json')).toContain('"6b4cb2424a23d5962217beaddbc496cb"');
      expect(await run('events', 'show', '6b0d549b6f03675a1600a35a099950d8', '--user', 'alice', '--limit', '1')).toContain(
        'You are a helpful agent',
      );
      expect(await run('secrets', 'rotate')).toMatch(/^[0-9a-f]{16}\n$/);
      await run('settings', 'set', 'language', 'de');
      expect(await run('settings', 'get', 'language')).toBe('de\n');
      expect(await run('backup', 'create', 'local:data', 'local:backups')).toContain('0 unchanged');
      expect(await run('backup', 'verify', 'local:backups')).toContain('sound: 1 snapshot');
      expect(await run('backup', 'restore', 'local:backups', 'local:restored')).toContain('0 there already');
      expect(await run('doctor', '--store', 'local:restored')).toContain('0 errors');
    });
  },
);

/** What somebody who writes a backend has in a test, for the store that is published. */
const kit = `
  import { mkdtemp } from 'node:fs/promises';
  import { describeFileStore } from '@oh/file-store-core/testing';
  import { LocalFileStore } from '@oh/file-store-local';
  const capabilities = { conditions: true, append: true, metadata: true, fileBesideDirectory: false, maxFileBytes: Infinity };
  describeFileStore('LocalFileStore', { open: async () => new LocalFileStore({ root: await mkdtemp('root-') }), capabilities });`;

interface TestCounts {
  readonly numTotalTests: number;
  readonly numPassedTests: number;
}

describe.skipIf(runtimesMissing !== undefined)(
  `on Bun ${oldestBun}${runtimesMissing === undefined ? '' : ` (skipped: ${runtimesMissing})`}`,
  () => {
    test('@oh/file-store-local passes the published conformance kit', { timeout: 300_000 }, async () => {
      const folder = join(directory, 'kit');
      const bun = await installRuntime(npm, join(directory, 'bun'), bunOf(oldestBun));
      await mkdir(join(folder, 'test'), { recursive: true });
      await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
      await npm.run(folder, 'install', '@oh/file-store-local', '@oh/file-store-core', `vitest@${vitestVersion}`);
      await writeFile(join(folder, 'test/kit.test.js'), kit);
      const vitest = join(folder, 'node_modules/vitest/vitest.mjs');
      // Its pool of processes needs what Bun's have not.
      const args = ['run', '--pool=threads', '--no-isolate', '--reporter=json', '--outputFile=results.json'] as const;
      await runScript(folder, ['--bun', vitest, ...args], { node: bun });
      const { numTotalTests, numPassedTests } = JSON.parse(await readFile(join(folder, 'results.json'), 'utf8')) as TestCounts;
      expect(numPassedTests).toBe(numTotalTests);
      expect(numPassedTests).toBeGreaterThan(80);
    });
  },
);
