import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');

/** Collects all garbage now, so that nobody pays for another's. */
export const collectGarbage: () => void = runInNewContext('gc') as () => void;
