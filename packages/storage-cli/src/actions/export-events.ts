import { exportEvents, exportTrajectory } from '@oh/event-store';
import type { CliContext } from '../cli-context.ts';
import type { StoreOptions } from '../storage/store-options.ts';
import { writeExport } from '../write-export.ts';
import { findEvents } from './find-events.ts';

/** Options of `events export`. */
export interface ExportEventsToOptions extends StoreOptions {
  /** `jsonl`: as they are stored, a line each; `trajectory`: OpenHands' `trajectory.json`. */
  readonly format: 'jsonl' | 'trajectory';
  /** Keeps the screenshots of the browser in a trajectory. */
  readonly screenshots?: boolean | undefined;
  /** Leaves out what cannot be read. */
  readonly skipUnreadable?: boolean | undefined;
}

/** Writes the events of a conversation to a file or to the standard output. */
export async function exportEventsTo(context: CliContext, id: string, file: string, options: ExportEventsToOptions): Promise<void> {
  const { signal } = context;
  const { format, screenshots, skipUnreadable } = options;
  const store = await findEvents(context, id, options);
  const isTrajectory = format === 'trajectory';
  const contents = isTrajectory
    ? exportTrajectory(store, { screenshots, skipUnreadable, signal })
    : exportEvents(store, { skipUnreadable, signal });
  await writeExport(context, file, isTrajectory ? `${id}.trajectory.json` : `${id}.events.jsonl`, contents);
}
