import type { FileStore } from '@oh/file-store-core';

/** How durable the store of a run is. */
export type Durability = 'durable' | 'atomic';

/** What one file is: its contents and, where the store keeps them, its content type and metadata. */
export interface FileState {
  readonly contents: string;
  readonly contentType?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** All files of a root by path; what is not here is missing. */
export type Files = Readonly<Record<string, FileState>>;

/** One operation of a store, of which every system call is made to fail. */
export interface Scenario {
  readonly name: string;
  readonly durabilities: readonly Durability[];
  readonly before: Files;
  /** The files when the operation has succeeded. */
  readonly after: Files;
  /** What an error may be about; none for an operation without a path. */
  readonly paths: readonly string[];
  /** What the operation tells; `undefined` for a change. */
  readonly result?: string | undefined;
  /** System calls whose failure the operation may make good by another way. */
  readonly replaceable?: readonly string[] | undefined;
  /** The file of which a kill may leave a first part of what is added, as an append may. */
  readonly mayEndEarly?: string | undefined;
  /** Whether another store writes meanwhile, and one that died has left its temporary files. */
  readonly hasNeighbours?: boolean | undefined;
  /** What the store must be capable of. */
  readonly needs?: 'metadata' | undefined;
  /** Does the operation. @returns What a reader was told, as text; what a change returns is not looked at. */
  act(store: FileStore): Promise<unknown>;
}

/** Text of so many bytes that is different everywhere, so that a hole or a shift in it is seen. */
export function makeText(label: string, bytes: number): string {
  let text = '';
  for (let line = 0; text.length < bytes; line += 1) {
    text += `${label} ${line}\n`;
  }
  return text.slice(0, bytes);
}

/** Files with these contents. */
export function filesOf(contents: Readonly<Record<string, string>>): Files {
  return Object.fromEntries(Object.entries(contents).map(([path, text]) => [path, { contents: text }]));
}

/** A file that no operation is about. */
export const bystander: Files = filesOf({ 'by/stander': makeText('bystander', 300) });
