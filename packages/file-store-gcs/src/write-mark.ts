/** The key in an object's metadata that callers never see; they cannot give it either, because of its dot. */
const markKey = 'oh.write';

/**
 * Who wrote an object, and in place of what: tells a writer whose answer got lost whether it was itself that won.
 *
 * Kept in the object's metadata as `<id>` or `<id>/<generation replaced>`.
 */
export interface WriteMark {
  /** Of one call of the store. */
  readonly id: string;
  /** The generation that the write was conditional upon, `0` for none; `undefined` when it replaced whatever was there. */
  readonly replaced: string | undefined;
}

/** The metadata of an object as it is stored: values in ASCII, because they travel in headers, and the mark. */
export function encodeMetadata(
  metadata: Readonly<Record<string, string>> | undefined,
  { id, replaced }: WriteMark,
): Record<string, string> {
  const encoded = Object.entries(metadata ?? {}).map(([key, value]) => [key, encodeValue(value)]);
  return { ...Object.fromEntries(encoded), [markKey]: replaced === undefined ? id : `${id}/${replaced}` };
}

/** What an object's metadata say. */
export interface DecodedMetadata {
  /** As the caller gave them; `undefined` for none. */
  readonly metadata: Readonly<Record<string, string>> | undefined;
  /** `undefined` when another program wrote the object. */
  readonly mark: WriteMark | undefined;
}

/** The reverse of {@link encodeMetadata}; what other programs wrote stays as it is. */
export function decodeMetadata(stored: Readonly<Record<string, string>> | undefined): DecodedMetadata {
  const { [markKey]: markText, ...others } = stored ?? {};
  const entries = Object.entries(others);
  const mark = markText === undefined ? undefined : parseMark(markText);
  const decoded = mark === undefined ? entries : entries.map(([key, value]) => [key, decodeValue(value)]);
  return { metadata: entries.length === 0 ? undefined : Object.fromEntries(decoded), mark };
}

function parseMark(text: string): WriteMark {
  const [id = '', replaced] = text.split('/');
  return { id, replaced };
}

/** Stands for the empty value, which a header would lose. */
const emptyValue = '%';

function encodeValue(value: string): string {
  if (value === '') {
    return emptyValue;
  }
  return /^[!-$&-~]([ -$&-~]*[!-$&-~])?$/.test(value) ? value : encodeURIComponent(value);
}

function decodeValue(value: string): string {
  if (value === emptyValue) {
    return '';
  }
  try {
    return decodeURIComponent(value);
  } catch {
    // Somebody else changed the metadata since.
    return value;
  }
}
