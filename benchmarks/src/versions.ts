import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** The versions of something, by its names. */
export type Versions = Readonly<Record<string, string>>;

/** The third-party packages that are measured or measure, as they are pinned. */
export function packageVersions(): Versions {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  const { devDependencies } = JSON.parse(text) as { readonly devDependencies: Versions };
  return Object.fromEntries(Object.entries(devDependencies).filter(([name]) => !/^@oh(?:-tools)?\//u.test(name)));
}

/** The programs that are measured against, where they are installed. */
export function programVersions(): Versions {
  const commands = { rclone: ['version'], restic: ['version'], python3: ['--version'] } as const;
  const found = Object.entries(commands).flatMap(([program, args]) => {
    const version = firstVersion(program, args);
    return version === undefined ? [] : [[program, version] as const];
  });
  return Object.fromEntries(found);
}

/** The commit of the sources, `-dirty` when they differ from it; `unknown` without git. */
export function describeCommit(): string {
  const { status, stdout } = spawnSync('git', ['describe', '--always', '--dirty', '--abbrev=12'], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : 'unknown';
}

function firstVersion(program: string, args: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync(program, args, { encoding: 'utf8' });
  return status === 0 ? /\d+(?:\.\d+)+/u.exec(stdout)?.[0] : undefined;
}
