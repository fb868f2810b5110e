import { expect, test } from 'vitest';
import { findUrlCredentials, hideUrlPasswords } from '../src/url-credentials.ts';

test.each([
  ['https://user:pass@host/v1', [['user', 'pass']], 'https://user:***@host/v1'],
  ['redis://:pass@host', [['', 'pass']], 'redis://:***@host'],
  ['https://user:p@ss:w@host?a=b:c@d', [['user', 'p@ss:w']], 'https://user:***@host?a=b:c@d'],
  [
    'x https://a:b\'c"d@one y https://e:f@two',
    [
      ['a', `b'c"d`],
      ['e', 'f'],
    ],
    'x https://a:***@one y https://e:***@two',
  ],
  ['HTTPS://user:********@host', [['user', '********']], 'HTTPS://user:***@host'],
] as const)('%s has credentials', (text, found, hidden) => {
  expect(findUrlCredentials(text).map(({ username, password }) => [username, password])).toEqual(found);
  expect(hideUrlPasswords(text, '***')).toBe(hidden);
});

test.each([
  'https://host:8080/a@b',
  'https://user@host/',
  'https://user:@host/',
  'a:b@c',
  '//user:pass@host',
  'https://host/user:pass@x',
  '',
])('%j has none', (text) => {
  expect(findUrlCredentials(text)).toEqual([]);
  expect(hideUrlPasswords(text, '***')).toBe(text);
});

test('a mask is put in as it is, and long texts take no squared time', () => {
  expect(hideUrlPasswords('https://u:p@h', '$1$&')).toBe('https://u:$1$&@h');
  for (const part of ['a', 'a:', '://', 'a://:', 'a://a:', '@', 'a@']) {
    const text = part.repeat(1_000_000 / part.length);
    const begun = process.cpuUsage();
    findUrlCredentials(text);
    const { user } = process.cpuUsage(begun);
    expect({ part, isQuick: user < 2_000_000 }).toEqual({ part, isQuick: true });
  }
});
