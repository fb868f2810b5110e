import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig, type ViteUserConfig } from 'vitest/config';

const workspaceRoot = dirname(fileURLToPath(import.meta.url));
const conditions = ['@oh/source'];

/** What every package's own vitest.config.ts exports: tests run against the sources, results are kept for the summary. */
export const packageConfig: ViteUserConfig = defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    // Hooks start servers, and remove the hundred thousand files that these hold.
    hookTimeout: 120_000,
    reporters: ['default', 'json'],
    outputFile: { json: join(workspaceRoot, 'test-results', `${relative(workspaceRoot, process.cwd())}.json`) },
  },
});

export default defineConfig({ test: { projects: ['benchmarks', 'packages/*', 'tools/*'] } });
