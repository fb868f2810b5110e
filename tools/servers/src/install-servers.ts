import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fakeGcsModule, folderOf, type GoModule, hasGo, minioModule, missingProgram } from './go-module.ts';

/** What became of an installation. */
export interface InstalledServers {
  /** Names of the servers that can be started now. */
  readonly installed: readonly string[];
  /** What could not be built, and what to do about it. */
  readonly failures: readonly string[];
}

/**
 * Builds MinIO and fake-gcs-server at their pinned versions with `go install`, into a folder that git ignores. What is there is kept.
 *
 * The first time it downloads about 2 GB of modules and compiles for minutes; `log` gets a line before and after each build.
 */
export async function installServers(log: (line: string) => void): Promise<InstalledServers> {
  const installed: string[] = [];
  const failures: string[] = [];
  for (const module of [fakeGcsModule, minioModule]) {
    const failure = missingProgram(module) === undefined ? undefined : await build(module, log);
    if (failure === undefined) {
      installed.push(module.name);
    } else {
      failures.push(failure);
    }
  }
  return { installed, failures };
}

async function build(module: GoModule, log: (line: string) => void): Promise<string | undefined> {
  if (!hasGo()) {
    return `${module.name} cannot be built without Go: install it (https://go.dev/dl), or use docker compose up -d and the variables in compose.yaml`;
  }
  const started = Date.now();
  log(`building ${module.name} ${module.version} ...`);
  const reason = await goInstall(module);
  if (reason !== undefined) {
    return `${module.name} ${module.version} could not be built: ${reason}`;
  }
  log(`built ${module.name} in ${Math.round((Date.now() - started) / 1_000)} s`);
  return undefined;
}

async function goInstall(module: GoModule): Promise<string | undefined> {
  const child = spawn('go', ['install', `${module.path}@${module.version}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, GOBIN: folderOf(module) },
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  const lines = said.split('\n').filter((line) => line !== '' && !line.startsWith('go: downloading'));
  return code === 0 ? undefined : lines.slice(-5).join('\n') || `go ended with ${code}`;
}
