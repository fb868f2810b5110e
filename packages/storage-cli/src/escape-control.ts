/** Controls, line and paragraph separators, lone surrogates, and the marks that turn the direction of the text after them. */
const unsafe = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

const shortEscapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** The text with everything that a terminal would act upon made visible, as in a JSON string: `\n`, `\u001b`. */
export function escapeControl(text: string): string {
  return text.replace(unsafe, (character) => shortEscapes[character] ?? toUnicodeEscape(character));
}

function toUnicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
