export { packageConfig as default } from '../vitest.config.ts';
