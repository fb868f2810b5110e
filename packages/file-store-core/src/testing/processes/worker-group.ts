import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { FileStoreProcesses } from './file-store-processes.ts';
import type { JobInput, WorkerMessage, WorkerTask } from './worker-protocol.ts';

/** Processes that have one store open and begin their work at the same time. */
export class WorkerGroup {
  readonly #workers: readonly WorkerProcess[];

  constructor(count: number, argument: string, processes: Pick<FileStoreProcesses, 'worker' | 'execArgv'>) {
    this.#workers = Array.from({ length: count }, () => new WorkerProcess(argument, processes));
  }

  /** Does one job in all of them, once all have opened the store. @returns What each of them found. */
  async run(job: string, input: JobInput): Promise<unknown[]> {
    try {
      await Promise.all(this.#workers.map((worker) => worker.ready()));
      return await Promise.all(this.#workers.map((process, worker) => process.run({ job, worker, input })));
    } finally {
      await Promise.all(this.#workers.map((worker) => worker.end()));
    }
  }
}

class WorkerProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  #errors = '';

  constructor(argument: string, { worker, execArgv }: Pick<FileStoreProcesses, 'worker' | 'execArgv'>) {
    const options = execArgv === undefined ? {} : { execArgv: [...execArgv] };
    this.#child = fork(worker, [argument], { ...options, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#errors += text;
    });
    this.#ended = once(this.#child, 'close');
    this.#ended.catch(() => undefined);
  }

  async ready(): Promise<void> {
    await this.#next();
  }

  async run(task: WorkerTask): Promise<unknown> {
    this.#child.send(task);
    const message = await this.#next();
    if (!('result' in message)) {
      throw new Error(`worker ${task.worker} failed: ${'failure' in message ? message.failure : 'it sent no result'}`);
    }
    return message.result;
  }

  async end(): Promise<void> {
    if (this.#child.connected) {
      this.#child.kill('SIGKILL');
    }
    await this.#ended.catch(() => undefined);
  }

  /** The next message, or a failure when the process ends without one. */
  async #next(): Promise<WorkerMessage> {
    const message = new Promise<WorkerMessage>((resolve) => {
      this.#child.once('message', (value) => resolve(value as WorkerMessage));
    });
    const early = this.#ended.then((code): never => {
      throw new Error(`a worker ended before it was done, code ${String(code)}: ${this.#errors}`);
    });
    return await Promise.race([message, early]);
  }
}
