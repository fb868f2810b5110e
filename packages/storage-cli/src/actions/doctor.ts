import { withPrefix } from '@oh/file-store-core';
import { KeyRing } from '@oh/secrets-store';
import type { CliContext } from '../cli-context.ts';
import type { CliIo } from '../cli-io.ts';
import type { DoctorParts } from '../doctor/doctor-parts.ts';
import type { Finding, Severity } from '../doctor/finding.ts';
import { runDoctor } from '../doctor/run-doctor.ts';
import { escapeControl } from '../escape-control.ts';
import { formatCount } from '../format-count.ts';
import { findUsers } from '../import/find-users.ts';
import { readOnly } from '../locations/read-only.ts';
import { type FoundStore, findStore } from '../storage/find-store.ts';
import { keyWrapper } from '../storage/key-wrapper.ts';
import type { StoreOptions } from '../storage/store-options.ts';
import { toJsonLine } from '../to-json-line.ts';

/** Options of `doctor`. */
export interface DoctorOptions extends StoreOptions {
  /** Does what is safe. */
  readonly fix?: boolean | undefined;
}

/** Looks at a store and tells what is wrong. @throws {FindingsError} When there is an error that was not fixed. */
export async function doctor(context: CliContext, options: DoctorOptions): Promise<void> {
  const counts: Record<Severity | 'fixed', number> = { error: 0, warning: 0, info: 0, fixed: 0 };
  await runDoctor(
    await openParts(context, options, async (finding) => {
      const fixed = options.fix === true ? await fix(finding) : undefined;
      counts[fixed?.done === undefined ? finding.severity : 'fixed'] += 1;
      await show(context, finding, fixed);
    }),
  );
  if (!context.json) {
    const { error, warning, info, fixed } = counts;
    await context.output.write(
      `${formatCount(error, 'error')}, ${formatCount(warning, 'warning')}, ${formatCount(info, 'note')}${options.fix === true ? `, ${fixed} fixed` : ''}\n`,
    );
  }
  if (counts.error > 0) {
    throw new FindingsError(counts.error);
  }
}

/** Errors were found. */
class FindingsError extends Error {
  override readonly name: string = 'FindingsError';

  /** @param errors How many. */
  constructor(errors: number) {
    super(`[findings] ${formatCount(errors, 'error')} found`);
  }
}

async function openParts(context: CliContext, options: DoctorOptions, report: DoctorParts['report']): Promise<DoctorParts> {
  const { io, signal } = context;
  const found = await findStore(options, 'read', io, signal);
  const url = toUrl(found, io.env);
  if (options.store === undefined) {
    context.note(`looks at ${JSON.stringify(url)}, named by ${found.namedBy}`);
  }
  const location = await context.locations.open(url);
  const { layout } = await context.openStorage(options);
  const writable = withPrefix(location.store, location.path);
  const files = readOnly(writable);
  return {
    files,
    writable,
    directory: location.address.startsWith('local:') ? location.address.slice('local:'.length) || '/' : undefined,
    layout,
    keys: new KeyRing({ files, wrapper: keyWrapper(io.env) }),
    users: found.user === undefined ? await findUsers(files, { signal }) : [found.user],
    now: new Date(),
    report,
    signal,
  };
}

/** The variables that name a bucket where the configuration names none. */
const bucketVariables: Readonly<Record<string, string>> = { s3: 'AWS_S3_BUCKET', google_cloud: 'GOOGLE_CLOUD_BUCKET_NAME' };

function toUrl({ url, config }: FoundStore, env: CliIo['env']): string {
  if (url !== undefined) {
    return url;
  }
  const { file_store = 'local', file_store_prefix = '' } = config;
  const path = config.file_store_path ?? env[bucketVariables[file_store] ?? ''] ?? '';
  const scheme = { s3: 's3://', google_cloud: 'gs://' }[file_store] ?? `${file_store}:`;
  return `${scheme}${path}${file_store_prefix === '' ? '' : `/${file_store_prefix}`}`;
}

interface Fixed {
  /** What was done; `undefined` when it failed. */
  readonly done?: string | undefined;
  readonly failed?: string | undefined;
}

async function fix(finding: Finding): Promise<Fixed | undefined> {
  try {
    return finding.fix && { done: await finding.fix() };
  } catch (error) {
    return { failed: error instanceof Error ? error.message : String(error) };
  }
}

async function show(context: CliContext, finding: Finding, fixed: Fixed | undefined): Promise<void> {
  const { severity, check, path, message, advice } = finding;
  if (context.json) {
    await context.output.write(toJsonLine({ severity, check, path, message, advice, fixed: fixed?.done, fixFailed: fixed?.failed }));
    return;
  }
  const outcome = fixed === undefined ? advice : fixed.done === undefined ? `not fixed: ${fixed.failed}` : `fixed: ${fixed.done}`;
  const where = path === '' ? '' : ` ${JSON.stringify(path)}:`;
  await context.output.write(`${escapeControl(`${severity} [${check}]${where} ${message}`)}\n    ${escapeControl(outcome)}\n`);
}
