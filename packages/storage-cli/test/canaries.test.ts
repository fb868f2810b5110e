import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserSecrets } from '@oh/secrets-store';
import { openStorage } from '@oh/storage';
import { expect, test } from 'vitest';
import { spawnProgram } from '../src/spawn-program.ts';
import { runCaptured } from './run-captured.ts';
import { makeUserHome } from './user-home.ts';

const count = 1000;

/** Values that appear nowhere by chance, with what JSON and shells treat in a way of their own. */
const canaries: readonly string[] = Array.from(
  { length: count },
  (_, index) => `cnry${index}-${randomBytes(12).toString('hex')}${['', '"', '\\', 'é', "'"][index % 5]}`,
);

/** How many canaries a text holds, as they are or as JSON has them. */
function seen(text: string): number {
  return canaries.filter((canary) => text.includes(canary.slice(0, 29))).length;
}

/** Commands that show or change secrets and settings, and are not asked to reveal one. */
const commands: readonly (readonly string[])[] = [
  ['secrets', 'list'],
  ['secrets', 'get', 'S1'],
  ['secrets', 'set', '--provider', 'github'],
  ['secrets', 'get', '--provider', 'github'],
  ['secrets', 'get', '--provider', 'gitlab', '--reveal'],
  ['secrets', 'get', 'NOPE', '--reveal'],
  ['secrets', 'set', 'S1'],
  ['secrets', 'set', '../S1'],
  ['secrets', 'set', 'S1', canaries[1] ?? ''],
  ['secrets', 'delete', 'S2', 'NOPE', '--yes'],
  ['secrets', 'run', '--', '/nope/nope'],
  ['secrets', 'keys'],
  ['secrets', 'rotate'],
  ['secrets', 'keys', 'retire', 'nope'],
  ['settings', 'get'],
  ['settings', 'get', 'llm_api_key'],
  ['settings', 'get', 'mcp_config'],
  ['settings', 'explain'],
  ['settings', 'explain', 'mcp_config'],
  ['settings', 'set', 'llm_api_key'],
  ['settings', 'set', 'llm_api_key', canaries[4] ?? ''],
  ['settings', 'set', 'mcp_config'],
  ['settings', 'set', 'max_iterations', '7'],
  ['events', 'show', 'c1'],
  ['events', 'show', 'c1', '--query', 'cnry'],
  ['events', 'tail', 'c1'],
  ['events', 'export', 'c1'],
  ['events', 'export', 'c1', '--format', 'trajectory'],
  ['events', 'show', 'nope'],
  ['conversations', 'export', 'c1'],
  ['settings', 'set', 'max_iterations', canaries[5] ?? ''],
];

test(`of ${count} secrets none is seen in the output, the errors or their stacks, except with --reveal`, { timeout: 240_000 }, async () => {
  const { home, env } = await makeUserHome();
  const root = join(home, 'data');
  const storage = await openStorage({ file_store: 'local', file_store_path: root }, { env });
  await storage.secrets.update(() => canaries.reduce((all, canary, index) => all.withCustomSecret(`S${index}`, canary), new UserSecrets()));
  await storage.settings.store({
    llm_api_key: canaries[0],
    search_api_key: canaries[1],
    mcp_config: { sse_servers: [{ url: 'https://mcp.example.com', api_key: canaries[2] }] },
  });
  await storage.events('c1').appendAll(canaries.map((canary) => ({ source: 'agent', action: 'run', args: { command: `echo ${canary}` } })));
  await storage.close();
  const files = [join(root, 'secrets/secrets.json'), join(root, 'settings.json'), join(root, 'secrets/key-ring.json')];
  const intact = await Promise.all(files.map((path) => readFile(path)));
  const damages: readonly (() => Promise<unknown>)[] = [
    async () => undefined,
    async () => await writeFile(files[0] ?? '', intact[0]?.subarray(0, 100_000) ?? ''),
    async () => await writeFile(files[1] ?? '', intact[1]?.subarray(0, -1) ?? ''),
    async () => await writeFile(files[2] ?? '', '{}'),
  ];
  let runs = 0;
  for (const damage of damages) {
    for (const flags of [[], ['--json'], ['--debug'], ['--json', '--debug']]) {
      for (const command of commands) {
        await Promise.all(files.map((path, index) => writeFile(path, intact[index] ?? '')));
        await damage();
        const { stdout, stderr } = await runCaptured([...command, ...flags], {
          cwd: home,
          env,
          stdin: canaries[3],
          runProgram: spawnProgram,
        });
        expect({ command, flags, seen: seen(stdout + stderr) }).toEqual({ command, flags, seen: 0 });
        runs += 1;
      }
    }
  }
  expect(runs).toBe(damages.length * 4 * commands.length);
  await Promise.all(files.map((path, index) => writeFile(path, intact[index] ?? '')));
  const wrong = await runCaptured(['secrets', 'get', 'S7', '--reveal', '--debug'], {
    cwd: home,
    env: { ...env, OH_SECRET_KEY: canaries[9] },
  });
  expect({ exitCode: wrong.exitCode, seen: seen(wrong.stdout + wrong.stderr) }).toEqual({ exitCode: 1, seen: 0 });
  expect((await runCaptured(['events', 'show', 'c1'], { cwd: home, env })).stdout.match(/echo <secret_hidden>/g)).toHaveLength(count);
  expect((await runCaptured(['secrets', 'get', 'S7', '--reveal'], { cwd: home, env })).stdout).toBe(canaries[7]);
});
