import type { FileStore, FileStoreCapabilities } from '@oh/file-store-core';
import type { Fault } from './schedule.ts';

/** What an actor works with. */
export interface Stage {
  /** The shared store, as this actor sees it. */
  readonly files: FileStore;
  /** Its name. */
  readonly name: string;
  /** Waits until time has passed: when nobody has anything else to do, or before. */
  readonly delay: () => Promise<void>;
  /** Resolves when it is the turn of a request to a receiver, with the fault that it is to meet. */
  readonly request: (receiver: string) => Promise<Fault | undefined>;
  /** Whether another actor has ended, or died. */
  readonly isOver: (name: string) => boolean;
  /** Whether all others have ended, or died. */
  readonly isAlone: () => boolean;
}

/** What one run consists of. */
export interface Play {
  /** What is done at the same time, in the order in which they begin where nothing else is planned. */
  readonly actors: Readonly<Record<string, (stage: Stage) => Promise<void>>>;
  /**
   * Looks at what is left when all are done or dead.
   *
   * @param hadFault Whether something went wrong, so that something may be left to be ended. @throws {Error} When it is not what was promised.
   */
  readonly check: (files: FileStore, hadFault: boolean) => Promise<void>;
}

/** How far a scenario is explored. */
export interface Bound {
  /** Preemptions of runs without a fault. */
  readonly preemptions: number;
  /** Preemptions of runs with a fault. */
  readonly beside: number;
}

/** Some actors that work on one store, and what is promised of it. */
export interface Scenario {
  readonly name: string;
  /** What the store cannot do. Default: it can everything. */
  readonly capabilities?: Partial<FileStoreCapabilities>;
  /** Where faults strike, as `{name of the operation} {path}`. Default: anywhere. */
  readonly faultsAt?: RegExp;
  /** What tests explore. */
  readonly bound: Bound;
  /** Makes what is there before; done once, and copied for each run. */
  readonly prepare?: (files: FileStore) => Promise<void>;
  /** Begins a run. */
  readonly begin: () => Play;
}
