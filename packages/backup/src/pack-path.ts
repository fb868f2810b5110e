import { isSha256 } from './sha256.ts';

/** Where packs lie. */
export const packsDirectory = 'packs';

/** The path of a pack, by the SHA-256 of its bytes. */
export function packPath(pack: string): string {
  return `${packsDirectory}/${pack.slice(0, 2)}/${pack}`;
}

/** The pack at a path, or `undefined` for anything else that lies there. */
export function parsePackPath(path: string): string | undefined {
  const pack = path.slice(path.lastIndexOf('/') + 1);
  return isSha256(pack) && packPath(pack) === path ? pack : undefined;
}
