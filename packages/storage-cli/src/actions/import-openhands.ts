import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { EventSecrets } from '@oh/event-store';
import { FileStoreError, homeLayout, sessionsLayout, withPrefix } from '@oh/file-store-core';
import { KeyRing, openHandsPassphrase, openHandsPreviousPassphrases } from '@oh/secrets-store';
import type { CliContext } from '../cli-context.ts';
import { formatTable } from '../format-table.ts';
import { appServerDatabase } from '../import/import-app-server.ts';
import { detectForm, importOpenHands, type OpenHandsForm } from '../import/import-openhands.ts';
import { ImportReport } from '../import/import-report.ts';
import { refuseServerFolder } from '../import/refuse-server-folder.ts';
import { expandHome } from '../locations/home-directory.ts';
import { inspect } from '../locations/inspect.ts';
import type { Location } from '../locations/location.ts';
import { notFoundError } from '../locations/not-found-error.ts';
import { readOnly } from '../locations/read-only.ts';
import { findStore } from '../storage/find-store.ts';
import { keyWrapper } from '../storage/key-wrapper.ts';
import { toCliError } from '../to-cli-error.ts';
import { toJsonLine } from '../to-json-line.ts';
import { UsageError } from '../usage-error.ts';
import { checkDirectories } from './check-directories.ts';

/** Options of `import openhands`. */
export interface ImportOpenHandsOptions {
  readonly to?: string | undefined;
  /** The database of OpenHands 1.x, a path of the local disk. */
  readonly database?: string | undefined;
  /** Does it, rather than show what would be done. */
  readonly apply?: boolean | undefined;
}

/** Imports a data folder of OpenHands, or shows what an import would do. @throws {FileStoreError} When something could not be read, or not be imported. */
export async function importOpenHandsFolder(context: CliContext, fromUrl: string, options: ImportOpenHandsOptions): Promise<void> {
  const { signal, io } = context;
  const from = await context.locations.open(fromUrl);
  const to = await context.locations.open(options.to ?? (await defaultTarget(context)), 'directory');
  if ((await inspect(from, { signal })).kind === 'missing') {
    throw notFoundError(from);
  }
  const dryRun = options.apply !== true;
  await checkDirectories(from, to, 'import', { readOnly: dryRun, signal });
  const source = readOnly(withPrefix(from.store, from.path));
  const form = await detectForm(source, { signal });
  if (form === undefined) {
    const message = `${JSON.stringify(fromUrl)} has neither sessions/, v1_conversations/ nor conversations/ of OpenHands, nor its settings and secrets`;
    throw new FileStoreError('not-found', message, { path: from.path });
  }
  await refuseServerFolder(to, { signal });
  const report = new ImportReport({
    onDamage: (error) => context.warn(error.message),
    onFailure: (what, error) => context.warn(toCliError(error).message.replace(/^(\[[a-z-]+\]) /, `$1 could not import ${what}: `)),
  });
  const files = withPrefix(to.store, to.path);
  const target = dryRun ? readOnly(files) : files;
  const keys = new KeyRing({ files: target, wrapper: keyWrapper(io.env) });
  await importOpenHands({
    from: source,
    database: await findDatabase(context, from, options),
    fromLayout: sessionsLayout,
    to: target,
    toLayout: homeLayout,
    keys,
    hidden: new EventSecrets(),
    unread: new Set(),
    fernetPassphrases: [openHandsPassphrase(io.env) ?? [], openHandsPreviousPassphrases(io.env)].flat(),
    dryRun,
    report,
    signal,
  });
  await showReport(context, { form, dryRun, to }, report);
  const failure = failureOf(report);
  if (failure !== undefined) {
    throw failure;
  }
}

/** What is left in the folder alone must not be taken for imported. */
function failureOf({ failed, failureCode, counts }: ImportReport): FileStoreError | undefined {
  const damaged = Object.values(counts).reduce((sum, each) => sum + each.damaged, 0);
  const parts = [
    ...(failed > 0 ? [`${failed} of them could not be imported`] : []),
    ...(damaged > 0 ? [`${damaged} of them could not be read`] : []),
  ];
  return parts.length === 0 ? undefined : new FileStoreError(failureCode ?? 'corrupt', `${parts.join(', ')}, and are named above`);
}

/** The database that is named, else the one in the folder, where that is on the local disk; it may be a link there, which a store would not follow. */
async function findDatabase({ io }: CliContext, from: Location, { database }: ImportOpenHandsOptions): Promise<string | undefined> {
  if (database !== undefined) {
    return resolve(io.cwd, expandHome(database, io.env));
  }
  const path = join(from.address.slice('local:'.length), '/', appServerDatabase);
  return from.address.startsWith('local:') && (await isThere(path)) ? path : undefined;
}

/** Whoever reads a file that cannot be looked at says why. */
async function isThere(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== 'ENOENT',
  );
}

async function defaultTarget(context: CliContext): Promise<string> {
  const { url } = await findStore({}, 'read', context.io, context.signal);
  if (url === undefined) {
    throw new UsageError('say where to import it with --to URL, or with OH_STORAGE_URL');
  }
  return url;
}

async function showReport(
  context: CliContext,
  { form, dryRun, to }: { readonly form: OpenHandsForm; readonly dryRun: boolean; readonly to: Location },
  report: ImportReport,
): Promise<void> {
  if (context.json) {
    await context.output.write(toJsonLine({ form, dryRun, ...report.counts, failed: report.failed }));
    return;
  }
  const rows = Object.entries(report.counts).map(([kind, counts]) => [kind, ...[counts.new, counts.present, counts.damaged].map(String)]);
  const head = ['', dryRun ? 'to import' : 'imported', 'there before', 'damaged'];
  await context.output.write(await formatTable(rows, { head, columns: context.io.columns }));
  if (dryRun) {
    context.note(`nothing was changed; add --apply to import it into ${JSON.stringify(to.url)}`);
  }
}
