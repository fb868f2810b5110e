import type { CliIo } from './cli-io.ts';
import type { Locations } from './locations/locations.ts';
import type { Output } from './output.ts';

/** What one run of the program gives to its command. */
export interface CliContext {
  readonly io: CliIo;
  /** Where data goes. */
  readonly output: Output;
  /** Opens store URLs; what it opened is closed when the run ends. */
  readonly locations: Locations;
  /** To be handed to every call of a store. */
  readonly signal: AbortSignal;
  /** Writes a line for people to stderr: `oh-storage: message`, which leads with a code: `[note] …`. */
  note(message: string): void;
}
