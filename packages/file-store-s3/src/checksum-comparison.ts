import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** A checksum that an answer has for its contents. */
export interface BodyChecksum {
  readonly algorithm: ChecksumAlgorithm;
  /** In base64. */
  readonly sum: string;
}

/** The algorithms that Node has. */
export type ChecksumAlgorithm = 'crc32' | 'sha256' | 'sha1';

/** Sums up contents that come in chunks. */
interface Sum {
  add(chunk: Uint8Array): void;
  /** In base64. */
  end(): string;
}

const headerPrefix = 'x-amz-checksum-';

/**
 * The checksum of whole contents. That of an object in parts is one of their checksums, ends in their number, and tells nothing of a stream.
 *
 * @returns `undefined` where there is none; `'unknown'` when it is of an algorithm that Node does not have.
 */
export function checksumOf(headers: Readonly<Record<string, unknown>>): BodyChecksum | 'unknown' | undefined {
  for (const algorithm of ['crc32', 'sha256', 'sha1'] as const) {
    const sum = headers[headerPrefix + algorithm];
    if (typeof sum === 'string' && !sum.includes('-')) {
      return { algorithm, sum };
    }
  }
  const others = [`${headerPrefix}crc32c`, `${headerPrefix}crc64nvme`];
  return others.some((name) => headers[name] !== undefined) ? 'unknown' : undefined;
}

/** The value of `x-amz-checksum-crc32`: four bytes, the highest first, in base64. */
export function crc32Header(value: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes.toString('base64');
}

/** Compares contents that come in chunks, over however many connections, with their checksum. */
export class ChecksumComparison {
  readonly #expected: string;
  readonly #sum: Sum;

  constructor({ algorithm, sum }: BodyChecksum) {
    this.#expected = sum;
    this.#sum = algorithm === 'crc32' ? crc32Sum() : hashSum(algorithm);
  }

  add(chunk: Uint8Array): void {
    this.#sum.add(chunk);
  }

  /** To be called once, at the end. @returns An error, whose message begins as the SDK's, when the checksum is another one. */
  end(): Error | undefined {
    const reached = this.#sum.end();
    return reached === this.#expected ? undefined : new Error(`Checksum mismatch: expected ${this.#expected}, received ${reached}`);
  }
}

/** Compares contents that are all there. @returns As {@link ChecksumComparison.end}. */
export function mismatchOf(checksum: BodyChecksum, contents: Uint8Array): Error | undefined {
  const comparison = new ChecksumComparison(checksum);
  comparison.add(contents);
  return comparison.end();
}

function crc32Sum(): Sum {
  let value = 0;
  return {
    add: (chunk) => {
      value = crc32(chunk, value);
    },
    end: () => crc32Header(value),
  };
}

function hashSum(algorithm: 'sha256' | 'sha1'): Sum {
  const hash = createHash(algorithm);
  return { add: (chunk) => void hash.update(chunk), end: () => hash.digest('base64') };
}
