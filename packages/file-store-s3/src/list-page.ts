import type { ListObjectsV2CommandOutput } from '@aws-sdk/client-s3';

/** A page of a listing, in the words of the SDK. */
export type ListPage = Pick<ListObjectsV2CommandOutput, 'Contents' | 'CommonPrefixes' | 'IsTruncated' | 'NextContinuationToken'>;

/** A tag and the text after it. Comments, sections of CDATA and document types are none. */
const tagAndText = /<(\/?)([A-Za-z][\w.-]*)((?:\s[^<>]*?)?)(\/?)>([^<]*)/y;

const declaration = /^\uFEFF?\s*(?:<\?xml[^<>]*\?>\s*)?/;

const namedCharacters: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/**
 * Reads the answer to ListObjectsV2.
 *
 * @returns `undefined` for everything but a whole answer in which nothing is doubtful: the SDK says what to make of that.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html#API_ListObjectsV2_ResponseSyntax
 */
export function parseListPage(xml: string): ListPage | undefined {
  const reader = new PageReader();
  tagAndText.lastIndex = declaration.exec(xml)?.[0].length ?? 0;
  while (tagAndText.lastIndex < xml.length) {
    const found = tagAndText.exec(xml);
    if (found === null) {
      return undefined;
    }
    const [, slash, name = '', , selfClosing, text = ''] = found;
    const isSound =
      slash === '/' ? reader.end(name) : reader.begin(name, selfClosing === '/' ? '' : text) && (selfClosing === '' || reader.end(name));
    if (!isSound) {
      return undefined;
    }
  }
  return reader.page;
}

/** The texts of the elements in one element, by name. */
type Fields = Record<string, string | undefined>;

/** Puts a page together from the tags of an answer. */
class PageReader {
  readonly #open: string[] = [];
  readonly #top: Fields = {};
  readonly #contents: NonNullable<ListPage['Contents']> = [];
  readonly #prefixes: NonNullable<ListPage['CommonPrefixes']> = [];
  #entry: Fields = {};
  #text = '';
  #isWhole = false;

  /** @returns Whether it may stand where it stands. */
  begin(name: string, text: string): boolean {
    const depth = this.#open.push(name);
    if (depth === 2) {
      this.#entry = {};
    }
    this.#text = text;
    return !this.#isWhole && (depth > 1 || name === 'ListBucketResult');
  }

  /** @returns As {@link begin}. */
  end(name: string): boolean {
    const depth = this.#open.length;
    if (this.#open.pop() !== name) {
      return false;
    }
    const text = toText(this.#text);
    this.#text = '';
    if (depth === 3) {
      this.#entry[name] = text;
    } else if (depth === 2) {
      return this.#add(name, text);
    }
    this.#isWhole = depth === 1;
    return text !== undefined;
  }

  /** What was read; `undefined` when that was no whole answer. */
  get page(): ListPage | undefined {
    const { IsTruncated, NextContinuationToken } = this.#top;
    if (!this.#isWhole || !/^(?:true|false)$/.test(IsTruncated ?? '')) {
      return undefined;
    }
    return {
      Contents: this.#contents,
      CommonPrefixes: this.#prefixes,
      IsTruncated: IsTruncated === 'true',
      NextContinuationToken,
    };
  }

  #add(name: string, text: string | undefined): boolean {
    const { Key, Size, ETag, LastModified, Prefix } = this.#entry;
    if (name === 'Contents') {
      const time = new Date(LastModified ?? Number.NaN);
      this.#contents.push({ Key, Size: Number(Size), ETag, LastModified: time });
      return Key !== undefined && /^\d+$/.test(Size ?? '') && !Number.isNaN(time.getTime());
    }
    if (name === 'CommonPrefixes') {
      this.#prefixes.push({ Prefix });
      return Prefix !== undefined;
    }
    this.#top[name] = text;
    return text !== undefined;
  }
}

/** @returns `undefined` for a reference to a character that there is not. */
function toText(escaped: string): string | undefined {
  if (!escaped.includes('&')) {
    return escaped;
  }
  let isSound = true;
  const text = escaped.replace(
    /&(?:#(\d{1,7})|#x([0-9A-Fa-f]{1,6})|(\w+));|&/g,
    (_, decimal?: string, hexadecimal?: string, name?: string) => {
      const point = decimal === undefined ? Number.parseInt(hexadecimal ?? '', 16) : Number(decimal);
      const character = name === undefined ? toCharacter(point) : namedCharacters[name];
      isSound &&= character !== undefined;
      return character ?? '';
    },
  );
  return isSound ? text : undefined;
}

function toCharacter(point: number): string | undefined {
  return point >= 0 && point <= 0x10ffff ? String.fromCodePoint(point) : undefined;
}
