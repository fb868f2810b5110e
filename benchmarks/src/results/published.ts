import { fileURLToPath } from 'node:url';

/** Where the published results are. */
export const publishedDirectory: string = fileURLToPath(new URL('../../results', import.meta.url));

/** The page that shows the published results. */
export const publishedPage: string = fileURLToPath(new URL('../../../docs/performance.md', import.meta.url));
