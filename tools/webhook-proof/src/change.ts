/** What a sender does to a path; a directory when it has no `/`. */
export interface Change {
  readonly path: string;
  /** Counted over all changes of the path's directory, from 1; no number is used twice, also not after a kill. */
  readonly number: number;
  readonly kind: 'write' | 'delete';
}

/** The contents that a change writes: no two write the same. */
export function contentsOf({ path, number }: Change): string {
  return `${path}:${number}:${'x'.repeat(number % 700)}`;
}

/** The number of the change that wrote these contents to `path`; `undefined` when none did. */
export function numberOf(path: string, contents: string): number | undefined {
  const number = Number(contents.split(':')[1]);
  return contents === contentsOf({ path, number, kind: 'write' }) ? number : undefined;
}
