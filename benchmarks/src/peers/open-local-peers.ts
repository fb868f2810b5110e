import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { LocalPeer } from './local-peer.ts';

/** The libraries that could be loaded, each set up as its documentation shows. */
export interface LocalPeers {
  readonly peers: readonly LocalPeer[];
  /** Those that could not be loaded on this machine, each with the reason. */
  readonly missing: readonly string[];
}

type OpenPeer = (root: string) => LocalPeer;

/** Each is loaded alone: a native one has no module for every platform. */
const libraries: Readonly<Record<string, () => Promise<OpenPeer>>> = {
  unstorage: async () => (await import('./unstorage.ts')).unstorage,
  flydrive: async () => (await import('./flydrive.ts')).flydrive,
  flystorage: async () => (await import('./flystorage.ts')).flystorage,
  'files-sdk': async () => (await import('./files-sdk.ts')).filesSdk,
  opendal: async () => (await import('./opendal.ts')).opendal,
  'keyv-file': async () => (await import('./keyv-file.ts')).keyvFile,
  'write-file-atomic': async () => (await import('./write-file-atomic.ts')).writeFileAtomic,
  cacache: async () => (await import('./cacache.ts')).cacache,
};

/** The names of the libraries that applications use for files today. */
export const localPeerNames: readonly string[] = Object.keys(libraries);

/** Those without plain files. */
const librariesWithOwnFiles: readonly string[] = ['keyv-file', 'cacache'];

/** Where a library has its files. */
export type LocateRoot = (library: string) => string;

/** Opens every library. @param locate The directory of each; it is made. */
export async function openLocalPeers(locate: LocateRoot): Promise<LocalPeers> {
  const peers: LocalPeer[] = [];
  const missing: string[] = [];
  for (const library of localPeerNames) {
    try {
      peers.push(await openLocalPeer(library, locate(library)));
    } catch (error) {
      missing.push(`${library}: ${describe(error)}`);
    }
  }
  return { peers, missing };
}

/** Opens one library on a directory, which is made. @throws {TypeError} It is none of {@link localPeerNames}. */
export async function openLocalPeer(library: string, root: string): Promise<LocalPeer> {
  const open = libraries[library];
  if (open === undefined) {
    throw new TypeError(`no library ${JSON.stringify(library)}`);
  }
  await mkdir(root, { recursive: true });
  return (await open())(root);
}

/** One directory in `parent` for the libraries whose files are plain, which each finds there, and one for each of the others. */
export function sharedRoot(parent: string): (library?: string) => string {
  return (library = '') => join(parent, librariesWithOwnFiles.includes(library) ? library : 'plain');
}

/** A directory for each library in `parent`. */
export function separateRoots(parent: string): LocateRoot {
  return (library) => join(parent, library);
}

/** The first sentence of what went wrong. */
function describe(error: unknown): string {
  const [sentence = ''] = String(error instanceof Error ? error.message : error).split(/\.\s|\n/);
  return sentence;
}
