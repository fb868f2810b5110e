import type { CliContext } from '../cli-context.ts';
import { formatTable } from '../format-table.ts';
import { formatValue } from '../format-value.ts';
import { type Inspection, inspect } from '../locations/inspect.ts';
import { notFoundError } from '../locations/not-found-error.ts';
import { toJsonLine } from '../to-json-line.ts';

/** Shows what a store knows of a file, or that the location is a directory. */
export async function stat(context: CliContext, url: string): Promise<void> {
  const location = await context.locations.open(url);
  const found = await inspect(location, { signal: context.signal });
  if (found.kind === 'missing') {
    throw notFoundError(location);
  }
  const description = describe(url, found);
  await context.output.write(context.json ? toJsonLine(description) : await formatTable(toRows(description)));
}

/** The path in the store is left out: which part of the URL it is, is the business of the scheme. */
function describe(url: string, found: Inspection): Readonly<Record<string, unknown>> {
  if (found.kind !== 'file') {
    return { url, kind: found.kind };
  }
  const { path: _, ...info } = found.info;
  return { url, kind: found.kind, ...info };
}

function toRows(description: Readonly<Record<string, unknown>>): readonly (readonly string[])[] {
  return Object.entries(description)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => [name, formatValue(value)]);
}
