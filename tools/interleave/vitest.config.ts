import { mergeConfig } from 'vitest/config';
import { packageConfig } from '../../vitest.config.ts';

export default mergeConfig(packageConfig, { test: { setupFiles: ['src/determinism.ts'], testTimeout: 300_000 } });
