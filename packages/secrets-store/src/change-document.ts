import type { SecretsChange } from './secrets-change.ts';
import type { DocumentEntry, SecretsDocument } from './secrets-document.ts';
import { type SecretsSection, valueFields } from './user-secrets.ts';

/** What takes the place of an entry. */
export interface EntryDraft {
  readonly section: SecretsSection;
  readonly name: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** The new value, sealed; `undefined`: the one that is there stays. */
  readonly value: { readonly sealed: string; readonly version: number; readonly updatedAt: string } | undefined;
}

/**
 * The document after the changes; what they do not speak of stays as it is.
 *
 * @param keep How many versions before the new one are kept; `undefined`: those that are there, and the one that is replaced is not added.
 */
export function changeDocument(
  document: SecretsDocument,
  removed: readonly Pick<SecretsChange, 'section' | 'name'>[],
  drafts: readonly EntryDraft[],
  keep: number | undefined,
): SecretsDocument {
  const next = { provider_tokens: new Map(document.provider_tokens), custom_secrets: new Map(document.custom_secrets) };
  for (const { section, name } of removed) {
    next[section].delete(name);
  }
  for (const draft of drafts) {
    next[draft.section].set(draft.name, toEntry(draft, entryOf(document, draft), keep));
  }
  return { ...document, ...next };
}

/** The document with each sealed value replaced by what `replace` makes of it. */
export function mapSealed(document: SecretsDocument, replace: (sealed: string) => string): SecretsDocument {
  const mapSection = (section: SecretsSection): SecretsDocument[SecretsSection] => {
    return new Map(Array.from(document[section], ([name, entry]) => [name, 'damaged' in entry ? entry : mapEntry(entry, replace)]));
  };
  return { ...document, provider_tokens: mapSection('provider_tokens'), custom_secrets: mapSection('custom_secrets') };
}

/** The entry of this name that can be read. */
export function entryOf(document: SecretsDocument, { section, name }: Pick<SecretsChange, 'section' | 'name'>): DocumentEntry | undefined {
  const entry = document[section].get(name);
  return entry === undefined || 'damaged' in entry ? undefined : entry;
}

function toEntry({ section, attributes, value }: EntryDraft, stored: DocumentEntry | undefined, keep: number | undefined): DocumentEntry {
  const { history = [], ...before } = stored ?? {};
  const initial = section === 'custom_secrets' ? { description: null } : {};
  // The value comes first wherever the entry is new.
  const fields = { ...(stored?.fields ?? { [valueFields[section]]: '', ...initial }), ...attributes };
  if (value === undefined) {
    return { sealed: '', version: 1, ...before, fields, history };
  }
  const { sealed, version, updatedAt } = value;
  const replaced = stored === undefined ? [] : [{ ...stored, fields: { updated_at: stored.fields['updated_at'] } }];
  const versions = keep === undefined ? history : [...replaced, ...history].slice(0, keep);
  return { sealed, version, fields: { ...fields, updated_at: updatedAt }, history: versions };
}

function mapEntry(entry: DocumentEntry, replace: (sealed: string) => string): DocumentEntry {
  const history = entry.history.map((each) => ({ ...each, sealed: replace(each.sealed) }));
  return { ...entry, sealed: replace(entry.sealed), history };
}
