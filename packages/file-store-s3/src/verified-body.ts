import { createHash } from 'node:crypto';
import { Readable, Transform } from 'node:stream';
import { crc32 } from 'node:zlib';
import { quiet } from './s3-body.ts';

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

/** The contents; when they do not have the checksum a stream that ends with an error, whose message begins as the SDK's. */
export function verified(body: Uint8Array | Readable, { algorithm, sum }: BodyChecksum): Uint8Array | Readable {
  const summed = algorithm === 'crc32' ? crc32Sum() : hashSum(algorithm);
  if (body instanceof Uint8Array) {
    summed.add(body);
    const reached = summed.end();
    return reached === sum ? body : quiet(new Readable({ read() {} }).destroy(mismatch(sum, reached)));
  }
  const verifying = new Transform({
    transform: (chunk: Uint8Array, _encoding, done) => {
      summed.add(chunk);
      done(null, chunk);
    },
    flush: (done) => {
      const reached = summed.end();
      done(reached === sum ? null : mismatch(sum, reached));
    },
  });
  body.once('error', (error) => verifying.destroy(error));
  verifying.once('close', () => body.destroy());
  return quiet(body.pipe(verifying));
}

function mismatch(expected: string, reached: string): Error {
  return new Error(`Checksum mismatch: expected ${expected}, received ${reached}`);
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
