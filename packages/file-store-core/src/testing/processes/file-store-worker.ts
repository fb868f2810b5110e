import type { FileStore } from '../../file-store.ts';
import { workerJobs } from './worker-jobs.ts';
import type { WorkerMessage, WorkerTask } from './worker-protocol.ts';

/**
 * The whole program of a worker of `DescribeFileStoreOptions.processes`: does what the kit asks for on the store that `open` gives.
 *
 * Call it once in a module of its own, which the kit runs as a process.
 *
 * @param open Opens the store that the argument names: the one that the kit got together with it.
 */
export async function runFileStoreWorker(open: (argument: string) => FileStore | Promise<FileStore>): Promise<void> {
  const [argument = ''] = process.argv.slice(2);
  const exit = (): never => process.exit(1);
  process.once('disconnect', exit);
  const store = await open(argument);
  const task = nextTask();
  await send({ ready: true });
  await send(await work(store, await task));
  process.off('disconnect', exit);
  process.disconnect();
}

async function work(store: FileStore, { job, worker, input }: WorkerTask): Promise<WorkerMessage> {
  try {
    const run = workerJobs[job];
    if (run === undefined) {
      throw new TypeError(`no job ${job}: kit and worker are of different versions`);
    }
    const result = await run(store, worker, input);
    await store.close();
    return { result: result ?? null };
  } catch (error) {
    return { failure: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

function nextTask(): Promise<WorkerTask> {
  return new Promise((resolve) => process.once('message', (task) => resolve(task as WorkerTask)));
}

function send(message: WorkerMessage): Promise<void> {
  return new Promise((resolve, reject) => {
    if (process.send === undefined) {
      throw new TypeError('a worker is started by the kit, not by hand');
    }
    process.send(message, (error: Error | null) => (error === null ? resolve() : reject(error)));
  });
}
