import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ListPage, parseListPage } from '../src/list-page.ts';

const entries = `<Contents><Key>a+b%2F%C3%A4</Key><LastModified>2013-05-24T00:00:00.123Z</LastModified><ETag>&quot;e&#45;&#x31;&quot;</ETag><Size>1400</Size>
  <Owner><ID>id</ID><DisplayName/></Owner><StorageClass>STANDARD</StorageClass></Contents>
<CommonPrefixes><Prefix>d/</Prefix></CommonPrefixes>`;

function pageOf(inside: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${inside}</ListBucketResult>`;
}

describe('a page of a listing', () => {
  it('has its files, its directories, and where the next one begins', () => {
    const page = pageOf(`<Name>bucket</Name><Prefix/><NextContinuationToken>a&amp;b=</NextContinuationToken>
      <IsTruncated>true</IsTruncated>${entries}<EncodingType>url</EncodingType>`);
    expect(parseListPage(page)).toEqual({
      Contents: [{ Key: 'a+b%2F%C3%A4', Size: 1400, ETag: '"e-1"', LastModified: new Date('2013-05-24T00:00:00.123Z') }],
      CommonPrefixes: [{ Prefix: 'd/' }],
      IsTruncated: true,
      NextContinuationToken: 'a&b=',
    });
    expect(parseListPage(pageOf('<IsTruncated>false</IsTruncated>'))).toEqual({
      Contents: [],
      CommonPrefixes: [],
      IsTruncated: false,
      NextContinuationToken: undefined,
    });
  });

  it('is read as it was written, whatever the keys', () => {
    const contents = fc.array(
      fc.record({
        Key: fc.string({ unit: 'grapheme' }),
        Size: fc.nat(),
        ETag: fc.string(),
        LastModified: fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('9999-01-01') }),
      }),
    );
    const page = fc.record({
      Contents: contents,
      CommonPrefixes: fc.array(fc.record({ Prefix: fc.string() })),
      IsTruncated: fc.boolean(),
      NextContinuationToken: fc.string({ minLength: 1 }),
    });
    fc.assert(
      fc.property(page, (given) => {
        expect(parseListPage(toXml(given))).toEqual(given);
      }),
    );
  });

  it('is none when it is cut off anywhere', () => {
    const page = pageOf(`<IsTruncated>false</IsTruncated>${entries}`);
    const cuts = Array.from(page, (_, end) => page.slice(0, end));
    expect(cuts.map(parseListPage).filter((read) => read !== undefined)).toEqual([]);
  });

  it('is none when anything in it is doubtful', () => {
    const sound = `<IsTruncated>false</IsTruncated>${entries}`;
    const doubtful = [
      pageOf(entries),
      pageOf('<IsTruncated>no</IsTruncated>'),
      pageOf(sound.replace('<Size>1400', '<Size>-1')),
      pageOf(sound.replace('<Size>1400</Size>', '')),
      pageOf(sound.replace(/<Key>.*<\/Key>/, '')),
      pageOf(sound.replace('2013-05-24', 'yesterday')),
      pageOf(sound.replace('<Prefix>d/</Prefix>', '')),
      pageOf(sound.replace('&quot;', '&unknown;')),
      pageOf(sound.replace('&quot;', '&#x110000;')),
      pageOf(sound.replace('&quot;', '& ')),
      pageOf(sound.replace('a+b', '<![CDATA[a]]>')),
      pageOf(sound.replace('a+b', '<!-- a -->')),
      pageOf(sound.replace('</Key>', '</key>')),
      pageOf(sound).replaceAll('ListBucketResult', 'ListAllMyBucketsResult'),
      pageOf(sound) + pageOf(sound).replace(/<\?.*\?>\s*/, ''),
      `<!DOCTYPE a>${pageOf(sound)}`,
      '',
      '<html></html>',
    ];
    expect(parseListPage(pageOf(sound))).toBeDefined();
    for (const xml of doubtful) {
      expect(parseListPage(xml), xml).toBeUndefined();
    }
  });
});

function toXml({ Contents = [], CommonPrefixes = [], IsTruncated, NextContinuationToken = '' }: ListPage): string {
  const files = Contents.map(
    ({ Key, Size, ETag, LastModified }) =>
      `<Contents><Key>${escaped(Key)}</Key><LastModified>${LastModified?.toISOString()}</LastModified><ETag>${escaped(ETag)}</ETag><Size>${Size}</Size></Contents>`,
  );
  const directories = CommonPrefixes.map(({ Prefix }) => `<CommonPrefixes><Prefix>${escaped(Prefix)}</Prefix></CommonPrefixes>`);
  const token = `<NextContinuationToken>${escaped(NextContinuationToken)}</NextContinuationToken>`;
  return pageOf(`<IsTruncated>${IsTruncated}</IsTruncated>${token}${[...files, ...directories].join('\n')}`);
}

function escaped(text = ''): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
