import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** How long a server may take to answer, in milliseconds: a busy machine takes its time. */
const readyWithinMs = 60_000;

const keepWithParent = fileURLToPath(new URL('./keep-with-parent.ts', import.meta.url));

/** A server process that does not outlive the process that started it. */
export class ServerProcess {
  readonly #command: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  #said = '';

  constructor(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.#command = command;
    this.#child = spawn(process.execPath, [keepWithParent, command, ...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    this.#ended = once(this.#child, 'close');
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#said = (this.#said + text).slice(-4_096);
      });
    }
  }

  /**
   * Waits until `url` is answered with a status below 500.
   *
   * @throws {Error} With the last it said, when the server ended or did not answer within a minute.
   */
  async answers(url: string): Promise<void> {
    const deadline = Date.now() + readyWithinMs;
    while (!(await isAnswered(url))) {
      if (this.#child.exitCode !== null || Date.now() > deadline) {
        throw new Error(`${this.#command} does not answer at ${url}: ${this.#said.trim() || 'it said nothing'}`);
      }
      await delay(50);
    }
  }

  /** Kills the server; resolves when it has ended. */
  async stop(): Promise<void> {
    this.#child.stdin?.end();
    await this.#ended;
  }
}

/** A port of loopback that nobody listens at. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  await once(server.close(), 'close');
  return port;
}

async function isAnswered(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await response.body?.cancel();
    return response.status < 500;
  } catch {
    // Not yet: refused, reset or silent. The caller knows when to give up.
    return false;
  }
}
