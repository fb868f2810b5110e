import { type AbortOptions, FileStoreError } from '@oh/file-store-core';
import { z } from 'zod';
import { decrypt, encrypt } from './aes-gcm.ts';
import { decodeBase64Url } from './base64url.ts';
import { encodeContext } from './encode-context.ts';
import { deriveKey } from './hkdf.ts';
import type { KeyWrapper } from './key-wrapper.ts';
import type { RingKeyRecord } from './ring-keys.ts';

const format = 'oh-key-ring';
const schemaVersion = 1;
const context = encodeContext([format, String(schemaVersion)]);

/** What stands in the file of a ring. */
const ringFileSchema = z.looseObject({
  format: z.literal(format),
  schema_version: z.number(),
  protected_by: z.string(),
  wrapped_key: z.string(),
  keys: z.string(),
});

const ringKeysSchema: z.ZodType<readonly RingKeyRecord[]> = z
  .array(
    z.looseObject({
      id: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
      key: z.base64().length(44),
      created_at: z.string(),
      retired: z.boolean(),
    }),
  )
  .refine((keys) => keys.some(({ retired }) => !retired));

/** A ring's file, opened. */
export interface OpenRingFile {
  /** The key that encrypts the file, and as the wrapper keeps it. */
  readonly fileKey: Uint8Array;
  readonly wrappedKey: string;
  /** The newest one last. */
  readonly keys: readonly RingKeyRecord[];
  /** The fields of the file that this version does not know, just as they are stored. */
  readonly unknownFields: Readonly<Record<string, unknown>>;
}

/** The text of a ring's file. */
export function serializeRingFile({ fileKey, wrappedKey, keys, unknownFields }: OpenRingFile, protectedBy: string): string {
  const plain = Buffer.from(JSON.stringify(keys));
  const box = encrypt(toBoxKey(fileKey), plain, context).toString('base64url');
  plain.fill(0);
  const known = { format, schema_version: schemaVersion, protected_by: protectedBy, wrapped_key: wrappedKey, keys: box };
  return `${JSON.stringify({ ...known, ...unknownFields })}\n`;
}

/**
 * Protects the key of a ring's file.
 *
 * @throws {FileStoreError} What the wrapper says, `unknown` for what is no `FileStoreError`.
 */
export async function wrapFileKey(fileKey: Uint8Array, path: string, wrapper: KeyWrapper, options: AbortOptions): Promise<string> {
  return await wrapper.wrap(fileKey, options).catch((cause: unknown) => {
    options.signal?.throwIfAborted();
    throw cause instanceof FileStoreError
      ? cause
      : new FileStoreError('unknown', `the key ring at "${path}" cannot be protected: "${wrapper.kind}" has failed; see the cause`, {
          path,
          cause,
        });
  });
}

/**
 * Opens the text of a ring's file.
 *
 * @throws {FileStoreError} `corrupt`; `unsupported` for one of a newer version; `permission-denied` when the wrapper does not open it; what else the wrapper says,
 *   `unknown` for what is no `FileStoreError`.
 */
export async function openRingFile(text: string, path: string, wrapper: KeyWrapper, options: AbortOptions): Promise<OpenRingFile> {
  const { format: _format, schema_version: _version, protected_by, wrapped_key, keys: box, ...unknownFields } = parseRingFile(text, path);
  if (protected_by !== wrapper.kind) {
    const advice = protected_by === 'passphrase' ? '; give the passphrase, which most programs take from OH_SECRET_KEY' : '';
    throw cannotOpen('permission-denied', path, `it is protected by ${JSON.stringify(protected_by)}, not by "${wrapper.kind}"${advice}`);
  }
  const fileKey = await wrapper.unwrap(wrapped_key, options).catch((error: unknown) => {
    options.signal?.throwIfAborted();
    throw error instanceof FileStoreError
      ? cannotOpen(error.code, path, error.reason, error)
      : cannotOpen('unknown', path, `"${wrapper.kind}" has failed; see the cause`, error);
  });
  const plain = decrypt(toBoxKey(fileKey), decodeBase64Url(box) ?? Buffer.alloc(0), context);
  const keys = plain && parseKeys(plain);
  if (keys === undefined) {
    throw cannotOpen('corrupt', path, 'it was changed; bring it back from a backup');
  }
  return { fileKey, wrappedKey: wrapped_key, keys, unknownFields };
}

function parseRingFile(text: string, path: string): z.infer<typeof ringFileSchema> {
  const parsed = ringFileSchema.safeParse(tryJson(text));
  if (!parsed.success) {
    throw cannotOpen('corrupt', path, 'it is no key ring; bring it back from a backup');
  }
  if (parsed.data.schema_version !== schemaVersion) {
    throw cannotOpen('unsupported', path, `its version is ${parsed.data.schema_version}, known is ${schemaVersion}`);
  }
  return parsed.data;
}

function parseKeys(plain: Buffer): readonly RingKeyRecord[] | undefined {
  const keys = ringKeysSchema.safeParse(tryJson(plain.toString())).data;
  plain.fill(0);
  return keys;
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The error of JSON.parse repeats a part of the text.
    return undefined;
  }
}

function toBoxKey(fileKey: Uint8Array): ReturnType<typeof deriveKey> {
  return deriveKey(fileKey, 'key ring');
}

function cannotOpen(code: FileStoreError['code'], path: string, why: string, cause?: unknown): FileStoreError {
  return new FileStoreError(code, `the key ring at "${path}" cannot be opened: ${why}`, { path, cause });
}
