import { resolve } from 'node:path';

/** The root of this repository. */
export const workspaceRoot: string = resolve(import.meta.dirname, '../../..');
