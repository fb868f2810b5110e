import { ServerProcess } from './server-process.ts';
import { removeFolder } from './temporary-folder.ts';

/** A server that is one program. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** The folder of its data; removed when it stops. */
  readonly folder: string;
  /** What it answers as soon as it can be used. */
  readonly readyUrl: string;
}

/**
 * Starts a program and waits until it answers.
 *
 * @returns What stops it and removes its data.
 * @throws {Error} It did not start; with what it said.
 */
export async function startProgram({ command, args, env, folder, readyUrl }: Program): Promise<() => Promise<void>> {
  const server = new ServerProcess(command, args, env);
  const stop = async (): Promise<void> => {
    await server.stop();
    await removeFolder(folder);
  };
  try {
    await server.answers(readyUrl);
  } catch (error) {
    await stop();
    throw error;
  }
  return stop;
}
