import type { DoctorParts } from './doctor-parts.ts';

/** The directory for what was in the way and may be of use still. */
const directory = '.oh-quarantine';

/** Moves a file into the quarantine, below a directory of the day and under the path it had. @returns What was done. */
export async function quarantine(path: string, { writable, now, signal }: DoctorParts): Promise<string> {
  const target = `${directory}/${now.toISOString().slice(0, 10)}/${path}`;
  await writable.move(path, target, { ifAbsent: true, signal });
  return `moved to ${JSON.stringify(target)}`;
}
