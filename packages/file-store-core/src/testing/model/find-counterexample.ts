import type { FileStore } from '../../file-store.ts';
import { bringsFileBesideDirectory } from './expected-errors.ts';
import type { ModelCommand } from './model-command.ts';
import { ReferenceFiles } from './reference-files.ts';
import { checkFiles, runCommand } from './run-command.ts';

/** Commands after which a store and the reference differ. */
export interface Counterexample {
  /** None can be left out. */
  readonly commands: readonly ModelCommand[];
  /** How they differ after the last one. */
  readonly difference: unknown;
}

type Run = (commands: readonly ModelCommand[]) => Promise<Counterexample | undefined>;

type OpenStore = () => FileStore | Promise<FileStore>;

/**
 * Runs commands on a fresh store; when they fail, leaves out all that the failure does not need.
 *
 * @param hidesBelowFiles Leaves out what would bring a file beside a directory of its name, too.
 */
export async function findCounterexample(
  open: OpenStore,
  commands: readonly ModelCommand[],
  hidesBelowFiles: boolean,
): Promise<Counterexample | undefined> {
  const run: Run = (some) => runAll(open, some, hidesBelowFiles);
  let found = await run(commands);
  for (let size = found?.commands.length ?? 0; found !== undefined && size >= 1; size = Math.floor(size / 2)) {
    found = await leaveOut(run, found, size);
  }
  return found;
}

/** Leaves out runs of `size` commands, the last ones first, as long as one more can go. */
async function leaveOut(run: Run, found: Counterexample, size: number): Promise<Counterexample> {
  let smallest = found;
  for (let start = smallest.commands.length - size; start >= 0; ) {
    const { commands } = smallest;
    const smaller = await run([...commands.slice(0, start), ...commands.slice(start + size)]);
    smallest = smaller ?? smallest;
    start = smaller !== undefined && size === 1 ? smaller.commands.length - size : start - 1;
  }
  return smallest;
}

/** @returns The commands up to the first that shows a difference. */
async function runAll(open: OpenStore, commands: readonly ModelCommand[], hidesBelowFiles: boolean): Promise<Counterexample | undefined> {
  const store = await open();
  const files = new ReferenceFiles();
  let count = 0;
  try {
    for (const command of commands) {
      count += 1;
      if (hidesBelowFiles && bringsFileBesideDirectory(files, command)) {
        continue;
      }
      await runCommand(store, files, command);
      await checkFiles(store, files, count === commands.length || count % 10 === 0);
    }
    return undefined;
  } catch (difference) {
    return { commands: commands.slice(0, count), difference };
  } finally {
    await store.close();
  }
}
