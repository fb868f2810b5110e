import { gsScheme, s3Scheme } from './bucket-scheme.ts';
import { localScheme } from './local-scheme.ts';
import { memoryScheme } from './memory-scheme.ts';
import type { StoreScheme } from './store-scheme.ts';

/** Every scheme of store URLs by its name; a backend is added here and nowhere else. */
export const storeSchemes: Readonly<Record<string, StoreScheme>> = {
  local: localScheme,
  s3: s3Scheme,
  gs: gsScheme,
  memory: memoryScheme,
};
