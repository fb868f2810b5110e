import { isSha256 } from './sha256.ts';

/** Where snapshots lie. */
export const snapshotsDirectory = 'snapshots';

/** What the path of a snapshot says: when it was made, and the SHA-256 of its bytes. */
export interface SnapshotName {
  readonly path: string;
  readonly id: string;
  /** `20261128T213302123Z`. */
  readonly stamp: string;
}

/** The instant in the name of a snapshot: names are in order of time. @param createdAt ISO 8601 in UTC. */
export function toStamp(createdAt: string): string {
  return createdAt.replace(/[-:.]/g, '');
}

/** The name of a snapshot. */
export function snapshotName(stamp: string, id: string): SnapshotName {
  return { path: `${snapshotsDirectory}/${stamp}-${id}`, id, stamp };
}

/** Reads the path of a snapshot; `undefined` for anything else. */
export function parseSnapshotPath(path: string): SnapshotName | undefined {
  const [, stamp = '', id = ''] = /\/(\d{8}T\d{9}Z)-([^/]*)$/.exec(path) ?? [];
  const name = snapshotName(stamp, id);
  return isSha256(id) && name.path === path ? name : undefined;
}
