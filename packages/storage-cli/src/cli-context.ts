import type { Storage } from '@oh/storage';
import type { CliIo } from './cli-io.ts';
import type { Locations } from './locations/locations.ts';
import type { Output } from './output.ts';
import type { StorageAccess, StoreOptions } from './storage/store-options.ts';

/** What one run of the program gives to its command. */
export interface CliContext {
  readonly io: CliIo;
  /** Where data goes. */
  readonly output: Output;
  /** Opens store URLs; what it opened is closed when the run ends. */
  readonly locations: Locations;
  /** To be handed to every call of a store. */
  readonly signal: AbortSignal;
  /** Whether data is wanted as JSON, one value a line: `--json`. */
  readonly json: boolean;
  /** Whether notes and progress are not wanted: `--quiet`. */
  readonly quiet: boolean;
  /**
   * Opens everything that an agent server keeps; closed when the run ends, also after Ctrl-C.
   *
   * @param access What it is for. Default: `read`, which changes nothing.
   */
  openStorage(options: StoreOptions, access?: StorageAccess): Promise<Storage>;
  /** Makes an exit code that of this run, unless the run fails. */
  exitWith(exitCode: number): void;
  /** Tells people something on stderr, unless they want it quiet: `oh-storage: [note] message`. */
  note(message: string): void;
  /** Tells an error on stderr that does not end the command, `oh-storage: message`; it leads with its code. */
  warn(message: string): void;
}
