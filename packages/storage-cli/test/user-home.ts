import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
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
