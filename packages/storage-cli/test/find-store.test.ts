import { execFileSync } from 'node:child_process';
import { chmod, chown, lchown, mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { type CapturedRun, runCaptured } from './run-captured.ts';
import { temporaryDirectory } from './temporary-directory.ts';

let home: string;
let cwd: string;

beforeEach(async () => {
  home = await temporaryDirectory();
  cwd = join(home, 'work');
  await mkdir(cwd);
});

/** A store with one conversation, named after it. */
async function makeStore(name: string, directory = 'conversations'): Promise<string> {
  const folder = join(home, name, directory, `of-${name.replace('.', '')}`);
  await mkdir(folder, { recursive: true });
  const metadata = { conversation_id: `of-${name.replace('.', '')}`, selected_repository: null, created_at: '2025-06-12T09:30:11+00:00' };
  await writeFile(join(folder, 'metadata.json'), JSON.stringify(metadata));
  return join(home, name);
}

async function configure(text: string, file = '.config/oh-storage/config.toml'): Promise<void> {
  await mkdir(join(home, '.config/oh-storage'), { recursive: true });
  await writeFile(join(home, file), text);
}

async function list(argv: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Promise<CapturedRun> {
  return await runCaptured(['conversations', 'list', ...argv], { cwd, env: { HOME: home, ...env } });
}

test('the store is the first that is given of --store, --config, OH_STORAGE_URL, the configuration, OpenHands and ~/.openhands', async () => {
  for (const name of ['.openhands', 'toml', 'variable', 'own', 'url', 'given', 'option']) {
    await makeStore(name);
  }
  const found = async (argv?: readonly string[], env?: Readonly<Record<string, string>>): Promise<string | undefined> =>
    /^of-(\S+)/m.exec((await list(argv, env)).stdout)?.[1];
  expect(await found()).toBe('openhands');
  await writeFile(join(cwd, 'config.toml'), `[core]\nfile_store_path = "../toml"\n`);
  expect(await found()).toBe('toml');
  const variable = { FILE_STORE_PATH: '~/variable' };
  expect(await found([], variable)).toBe('variable');
  await configure('store = "local:~/own"');
  expect(await found([], variable)).toBe('own');
  const url = { ...variable, OH_STORAGE_URL: 'local:../url' };
  expect(await found([], url)).toBe('url');
  await writeFile(join(home, 'given.toml'), `[core]\nfile_store_path = "${join(home, 'given')}"\n`);
  expect(await found(['--config', '~/given.toml'], { OH_STORAGE_URL: 'local:../url' })).toBe('given');
  expect(await found(['--store', 'local:~/option'], url)).toBe('option');
});

test('the prefix of a configuration leads below its directory only', async () => {
  await makeStore('team');
  await writeFile(join(cwd, 'config.toml'), '[core]\nfile_store_path = ".."\nfile_store_prefix = "/team/"\n');
  expect((await list()).stdout).toContain('of-team');
  await writeFile(join(cwd, 'config.toml'), '[core]\nfile_store_path = "."\nfile_store_prefix = "../team"\n');
  expect(await list()).toMatchObject({ exitCode: 1, stdout: '', stderr: expect.stringContaining('[invalid-path] "../team"') });
});

test('user and layout have their defaults in the configuration', async () => {
  await makeStore('data', 'users/alice/conversations');
  await makeStore('data', 'sessions');
  await configure('store = "local:~/data"\nuser = "alice"\nlayout = "home"\n');
  expect((await list()).stdout).toContain('of-data');
  expect((await list(['--user', 'bob'])).stderr).toBe('oh-storage: [note] no conversations\n');
});

test('the layout of the configuration is none of a store that is named otherwise', async () => {
  await makeStore('other');
  await mkdir(join(home, 'data'));
  await configure('store = "local:~/data"\nlayout = "sessions"\n');
  expect((await list(['--store', 'local:~/other'])).stdout).toContain('of-other');
  expect((await list([], { OH_STORAGE_URL: 'local:~/other' })).stdout).toContain('of-other');
  expect((await list(['--store', 'local:~/other', '--layout', 'sessions'])).stdout).toBe('');
});

test('XDG_CONFIG_HOME says where the configuration is, when it is absolute', async () => {
  await makeStore('own');
  await mkdir(join(home, 'xdg/oh-storage'), { recursive: true });
  await writeFile(join(home, 'xdg/oh-storage/config.toml'), 'store = "local:~/own"');
  expect((await list([], { XDG_CONFIG_HOME: join(home, 'xdg') })).stdout).toContain('of-own');
  expect((await list([], { XDG_CONFIG_HOME: relative(process.cwd(), join(home, 'xdg')) })).stderr).toContain('there is no store at');
});

test.each([
  ['stor = "local:x"', 'unknown "stor" in', 'did you mean "store"?'],
  ['colour = "red"', 'unknown "colour" in', 'known are store, user, layout'],
  ['store = 7', 'store in', 'is not a text'],
  ['store = "local:x', 'is not TOML: line 1', 'config.toml'],
  ['layout = "tree"', 'layout in', 'is "tree"; it is home or sessions'],
])('a mistake in the configuration is an error: %s', async (text, ...messages) => {
  await configure(text);
  const { exitCode, stderr } = await list();
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/^oh-storage: \[invalid-argument\] [^\n]*\n$/);
  for (const message of messages) {
    expect(stderr).toContain(message);
  }
});

test('a store that was not named by --store is told with what names it', async () => {
  await configure('store = "local:~/nope"');
  const path = join(home, '.config/oh-storage/config.toml');
  expect(await list()).toMatchObject({
    exitCode: 1,
    stderr: `oh-storage: [not-found] no such directory: "local:~/nope", named by store in ${JSON.stringify(path)}\n`,
  });
  expect(await list([], { OH_STORAGE_URL: 'nope' })).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('[usage] the store URL, named by OH_STORAGE_URL: "nope" is no store URL'),
  });
});

test('a configuration that cannot be read is an error, not a missing one', async () => {
  await mkdir(join(home, '.config/oh-storage/config.toml'), { recursive: true });
  expect(await list()).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/\[unavailable\] the configuration .* cannot be read/) });
});

test("a typo in OpenHands' configuration is an error, not another store", async () => {
  await writeFile(join(cwd, 'config.toml'), '[core]\nfile_stor = "s3"\n');
  expect(await list()).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('did you mean "file_store"?') });
  expect(await list(['--config', 'nope.toml'])).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('[not-found]') });
});

test('a config.toml that merely lies in the working directory runs no code', async () => {
  await makeStore('.openhands');
  await writeFile(join(cwd, 'config.toml'), '[server]\nconversation_store_class = "./evil.mjs#Store"\n');
  await writeFile(join(cwd, 'evil.mjs'), 'throw new Error("it ran");');
  const { exitCode, stderr } = await list();
  expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringContaining('say so with --config') });
  expect(await list(['--config', 'config.toml'])).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('it ran') });
});

test.runIf(process.platform !== 'win32')('a pipe with the name of a configuration is not waited for', async () => {
  execFileSync('mkfifo', [join(cwd, 'config.toml')]);
  expect(await list()).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('is a pipe, socket or device') });
});

const isRoot = process.getuid?.() === 0;

test('a config.toml of the working directory that others may have written names no store, unless --config says so', async () => {
  await makeStore('toml');
  const file = join(cwd, 'config.toml');
  await writeFile(file, `[core]\nfile_store_path = "../toml"\n`);
  for (const [mode, exitCode] of [
    [0o600, 0],
    [0o644, 0],
    [0o646, 2],
    [0o666, 2],
  ] as const) {
    await chmod(file, mode);
    expect({ mode, exitCode: (await list()).exitCode }).toEqual({ mode, exitCode });
  }
  expect((await list()).stderr).toBe(
    `oh-storage: [usage] "${file}" may be written by others (mode 666), and says where data lies; if it is meant, say so with --config "${file}", else name the store with --store\n`,
  );
  expect((await list(['--config', 'config.toml'])).stdout).toContain('of-toml');
  expect((await list(['--store', 'local:../toml'])).stdout).toContain('of-toml');
});

test.runIf(isRoot)(`nor does one that belongs to somebody else, or a link that does${isRoot ? '' : ' (skipped: needs root)'}`, async () => {
  await makeStore('toml');
  const file = join(cwd, 'config.toml');
  await writeFile(file, `[core]\nfile_store_path = "../toml"\n`);
  await chown(file, 12_345, 0);
  expect(await list()).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringContaining('belongs to another user (12345)') });
  await chown(file, 0, 12_345);
  expect((await list()).stdout).toContain('of-toml');
  await chmod(file, 0o664);
  expect(await list()).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('may be written by others') });
  await chmod(file, 0o644);
  await rename(file, join(cwd, 'mine.toml'));
  await symlink('mine.toml', file);
  expect((await list()).stdout).toContain('of-toml');
  await lchown(file, 12_345, 0);
  expect(await list()).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('belongs to another user') });
});

test('doctor says which store it looks at, and what names it', async () => {
  for (const name of ['.openhands', 'toml', 'own']) {
    await makeStore(name);
  }
  const look = async (argv: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Promise<string> =>
    (await runCaptured(['doctor', ...argv], { cwd, env: { HOME: home, ...env } })).stderr;
  const note = (name: string, by: string): string => `oh-storage: [note] looks at "local:${join(home, name)}", named by ${by}\n`;
  expect(await look()).toBe(note('.openhands', 'the default'));
  expect(await look([], { FILE_STORE_PATH: '~/toml' })).toBe(note('toml', 'FILE_STORE_PATH'));
  await writeFile(join(cwd, 'config.toml'), `[core]\nfile_store_path = "../toml"\n`);
  expect(await look()).toBe(note('toml', `"${join(cwd, 'config.toml')}"`));
  expect(await look([], { OH_STORAGE_URL: 'local:../own' })).toContain('"local:../own", named by OH_STORAGE_URL');
  await configure('store = "local:~/own"');
  expect(await look()).toContain(`"local:~/own", named by store in "${join(home, '.config/oh-storage/config.toml')}"`);
  expect(await look(['--store', 'local:~/own'])).toBe('');
});

test('where nothing is, the error says how to name a store, and nothing is made', async () => {
  expect(await list()).toMatchObject({
    exitCode: 1,
    stderr: `oh-storage: [not-found] there is no store at "${home}/.openhands"; say where the store is with --store URL, OH_STORAGE_URL or --config\n`,
  });
});

test('--quiet leaves out notes, not errors', async () => {
  await makeStore('data', 'users/alice/conversations');
  expect(await list(['--store', 'local:~/data', '--user', 'bob', '--quiet'])).toMatchObject({ exitCode: 0, stderr: '' });
  await mkdir(join(home, 'data/conversations/broken'), { recursive: true });
  await writeFile(join(home, 'data/conversations/broken/metadata.json'), '{');
  expect(await list(['--store', 'local:~/data', '--quiet'])).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('[corrupt]') });
});
