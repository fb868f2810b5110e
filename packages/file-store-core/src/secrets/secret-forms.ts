/** Shortest encoded form that is looked for: shorter ones are found in what is no secret. */
const minEncodedLength = 6;

/**
 * The texts that give a secret away: the value, and the value as JSON spells it, since tool calls hold JSON in texts.
 *
 * @param withEncodings Also its base64 and URL-encoded forms.
 */
export function secretForms(value: string, withEncodings: boolean): readonly string[] {
  if (value === '') {
    return [];
  }
  const json = JSON.stringify(value).slice(1, -1);
  const ascii = json.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  const encoded = withEncodings ? encodedForms(value).filter((form) => form.length >= minEncodedLength) : [];
  return [...new Set([value, json, ascii, ...encoded])];
}

/** Finds each of these texts, of those that begin at one place the longest; `undefined` when there are none. */
export function secretPattern(texts: readonly string[]): RegExp | undefined {
  const longestFirst = [...new Set(texts)].sort((one, other) => other.length - one.length);
  return longestFirst.length === 0 ? undefined : new RegExp(longestFirst.map(escapePattern).join('|'), 'g');
}

function encodedForms(value: string): readonly string[] {
  const percent = encodeURIComponent(value.toWellFormed());
  const lower = percent.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
  const forms = [percent, lower, percent.replaceAll('%20', '+'), lower.replaceAll('%20', '+')];
  return [...forms, ...[0, 1, 2].flatMap((shift) => base64Forms(value, shift))];
}

/**
 * The part of base64 that depends on the value alone, where the value begins `shift` bytes after a multiple of three: so it is found
 * within `user:token` too.
 *
 * @see https://www.rfc-editor.org/rfc/rfc4648#section-4
 */
function base64Forms(value: string, shift: number): readonly string[] {
  const bytes = Buffer.concat([Buffer.alloc(shift), Buffer.from(value)]);
  const text = bytes.toString('base64').replaceAll('=', '');
  const own = text.slice(Math.ceil((shift * 4) / 3), bytes.length % 3 === 0 ? undefined : -1);
  return [own, own.replaceAll('+', '-').replaceAll('/', '_')];
}

/** See https://tc39.es/ecma262/#prod-SyntaxCharacter. */
function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
