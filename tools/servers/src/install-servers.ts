import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type ContainerImage, hasDocker } from './container-image.ts';
import { folderOf, type GoModule, hasGo } from './go-module.ts';
import { fakeGcs, minio, missingServer, type PinnedServer } from './pinned-server.ts';

/** What became of an installation. */
export interface InstalledServers {
  /** Names of the servers that can be started now. */
  readonly installed: readonly string[];
  /** What could not be had, and what to do about it. */
  readonly failures: readonly string[];
}

/**
 * Builds MinIO and fake-gcs-server at their pinned versions with `go install`, into a folder that git ignores; without Go it pulls their
 * images, where a Docker engine answers. What is there is kept.
 *
 * The first time Go downloads about 2 GB of modules and compiles for minutes; `log` gets a line before and after each server.
 */
export async function installServers(log: (line: string) => void): Promise<InstalledServers> {
  const installed: string[] = [];
  const failures: string[] = [];
  for (const server of [fakeGcs, minio]) {
    const failure = missingServer(server) === undefined ? undefined : await install(server, log);
    if (failure === undefined) {
      installed.push(server.module.name);
    } else {
      failures.push(failure);
    }
  }
  return { installed, failures };
}

async function install({ module, image }: PinnedServer, log: (line: string) => void): Promise<string | undefined> {
  if (hasGo()) {
    return await logged(`${module.name} ${module.version}`, () => goInstall(module), log);
  }
  if (hasDocker()) {
    return await logged(image.image, () => pull(image), log);
  }
  return `${module.name} needs Go (https://go.dev/dl) or a Docker engine that answers: install one of them`;
}

async function logged(what: string, get: () => Promise<string | undefined>, log: (line: string) => void): Promise<string | undefined> {
  const started = Date.now();
  log(`getting ${what} ...`);
  const reason = await get();
  if (reason !== undefined) {
    return `${what} could not be had: ${reason}`;
  }
  log(`got ${what} in ${Math.round((Date.now() - started) / 1_000)} s`);
  return undefined;
}

async function pull({ image }: ContainerImage): Promise<string | undefined> {
  return await runToEnd('docker', ['pull', '--quiet', image]);
}

async function goInstall(module: GoModule): Promise<string | undefined> {
  return await runToEnd('go', ['install', `${module.path}@${module.version}`], { GOBIN: folderOf(module) });
}

/** Runs a program to its end. @returns The last it said, when it failed. */
async function runToEnd(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string | undefined> {
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...env } });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  const lines = said.split('\n').filter((line) => line !== '' && !line.startsWith('go: downloading'));
  return code === 0 ? undefined : lines.slice(-5).join('\n') || `${command} ended with ${code}`;
}
