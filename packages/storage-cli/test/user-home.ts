import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach } from 'vitest';
import { type CapturedRun, type RunOptions, runCaptured } from './run-captured.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** Somebody's home directory, and the environment that says where the data is. */
export interface UserHome {
  readonly home: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Makes a home directory with an empty store as `data`; it is removed when the test has ended. */
export async function makeUserHome(): Promise<UserHome> {
  const home = await temporaryDirectory();
  await mkdir(join(home, 'data'));
  return { home, env: { HOME: home, OH_STORAGE_URL: 'local:~/data', OH_SECRET_KEY: 'a passphrase for tests' } };
}

/** Gives each test of a file a home of its own. @returns The home of the test that runs, and what runs a command of the group `name` there. */
export function useUserHome(
  name: string,
): UserHome & { readonly run: (argv: readonly string[], options?: RunOptions) => Promise<CapturedRun> } {
  let current: UserHome = { home: '', env: {} };
  beforeEach(async () => {
    current = await makeUserHome();
  });
  return {
    get home() {
      return current.home;
    },
    get env() {
      return current.env;
    },
    run: async (argv, options) => await runCaptured([name, ...argv], { cwd: current.home, env: current.env, ...options }),
  };
}
