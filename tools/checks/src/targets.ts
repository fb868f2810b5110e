/** What `npm test` runs in every project. */
export const testTargets: readonly string[] = ['build', 'typecheck', 'lint', 'test'];

/** What `npm run check` runs: the fast targets of every project, and those of the repository as a whole. */
export const checkTargets: readonly string[] = ['build', 'typecheck', 'lint', 'pack-check', 'boundaries', 'knip', 'size'];

/** Every target that nx can take from its cache. */
export const everyTarget: readonly string[] = [...new Set([...testTargets, ...checkTargets])];
