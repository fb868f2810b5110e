import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { startVitest } from 'vitest/node';

const file = fileURLToPath(new URL('./missing-server.ts', import.meta.url));

/** Runs the suite over a server that is not there. @returns The full names of its tests and their states. */
async function runSuite(env: Record<'CI' | 'OPTIONAL', string>): Promise<Record<string, string>> {
  const exitCode = process.exitCode;
  const run = await startVitest('test', [file], { config: false, watch: false, reporters: [{}], include: [file], env });
  const [module] = run.state.getTestModules();
  const tests = [...(module?.children.allTests() ?? [])].map((test) => [test.fullName, test.result().state] as const);
  await run.close();
  process.exitCode = exitCode;
  return Object.fromEntries(tests);
}

const skipped = {
  'no server (skipped: it is not built: build it) > first': 'skipped',
  'no server (skipped: it is not built: build it) > second': 'skipped',
};

describe('describeWithServer', () => {
  it('skips what needs a missing server, under a name that says why', async () => {
    expect(await runSuite({ CI: '', OPTIONAL: '' })).toEqual(skipped);
  });

  it('fails in CI', async () => {
    expect(await runSuite({ CI: 'true', OPTIONAL: '' })).toEqual({ 'no server > is here': 'failed' });
  });

  it('skips in CI, too, what needs an optional server', async () => {
    expect(await runSuite({ CI: 'true', OPTIONAL: 'true' })).toEqual(skipped);
  });
});
