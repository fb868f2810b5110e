import { type FileInfo, FileStoreError, type WriteOptions } from '@oh/file-store-core';
import type { CliContext } from '../cli-context.ts';
import { findTarget, joinPath, type Target } from '../locations/find-target.ts';
import { inspect } from '../locations/inspect.ts';
import { isDirectoryError } from '../locations/is-directory-error.ts';
import type { Location } from '../locations/location.ts';
import { notFoundError } from '../locations/not-found-error.ts';
import { relativePath } from '../locations/relative-path.ts';

/** Options of `cp`. */
export interface CpOptions {
  /** Directories too, with everything below them. */
  readonly recursive?: boolean | undefined;
  /** Only where no file is yet. */
  readonly ifAbsent?: boolean | undefined;
}

/** Copies a file or a directory from one location to another, of any two stores, in bounded memory. */
export async function cp(context: CliContext, fromUrl: string, toUrl: string, options: CpOptions): Promise<void> {
  const { signal } = context;
  const from = await context.locations.open(fromUrl);
  const to = await context.locations.open(toUrl);
  const found = await inspect(from, { signal });
  if (found.kind === 'missing') {
    throw notFoundError(from);
  }
  if (found.kind === 'directory' && options.recursive !== true) {
    throw isDirectoryError(from, 'add --recursive to copy it with everything below it');
  }
  const target = await findTarget(to, from.name, { signal });
  checkApart(from, target);
  const copy = new Copy(from, to, { ifAbsent: options.ifAbsent, signal });
  await (found.kind === 'file' ? copy.file(from.path, target.path) : copy.directory(target.path));
  if (copy.lostMetadata) {
    context.note(`${JSON.stringify(toUrl)} keeps no content type and no metadata; they were left behind`);
  }
}

/** A directory in itself would be copied without end. */
function checkApart(from: Location, target: Target): void {
  if (target.address === from.address || target.address.startsWith(`${from.address}/`)) {
    throw new FileStoreError('invalid-argument', `${JSON.stringify(from.url)} cannot be copied to or into itself`, { path: from.path });
  }
}

class Copy {
  readonly #from: Location;
  readonly #to: Location;
  readonly #options: Pick<WriteOptions, 'ifAbsent' | 'signal'>;
  lostMetadata = false;

  constructor(from: Location, to: Location, options: Pick<WriteOptions, 'ifAbsent' | 'signal'>) {
    this.#from = from;
    this.#to = to;
    this.#options = options;
  }

  async directory(target: string): Promise<void> {
    const { store, path } = this.#from;
    for await (const entry of store.entries(path, { recursive: true, signal: this.#options.signal })) {
      await this.file(entry.path, joinPath(target, relativePath(entry.path, path)));
    }
  }

  async file(path: string, target: string): Promise<void> {
    const { store } = this.#from;
    if (store === this.#to.store) {
      await store.copy(path, target, this.#options);
      return;
    }
    const file = await store.open(path, { signal: this.#options.signal });
    try {
      await this.#to.store.write(target, file.stream(), { ...this.#options, ...this.#kept(file.info) });
    } finally {
      await file.close();
    }
  }

  #kept({ contentType, metadata }: FileInfo): Pick<WriteOptions, 'contentType' | 'metadata'> {
    if (this.#to.store.capabilities.metadata) {
      return { contentType, metadata };
    }
    this.lostMetadata ||= contentType !== undefined || metadata !== undefined;
    return {};
  }
}
