import { join } from 'node:path';

/** The repository. */
export const workspaceRoot: string = join(import.meta.dirname, '../../..');

/** Where the programs are whose parts the READMEs show. */
export const exampleDirectory: string = join(workspaceRoot, 'examples/readme');
