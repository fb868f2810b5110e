import { type LookupAddress, lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { MemoryFileStore } from '@oh/file-store-core';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { guardedConnector } from '../src/guarded-connector.ts';
import { isPublicAddress, WebHookFileStore } from '../src/index.ts';
import { Receiver } from './receiver.ts';

const receiver = await Receiver.start();
afterAll(() => receiver[Symbol.asyncDispose]());

/** Every way in which URLs and resolvers take the numbers of an IPv4 address. */
function spellingsOf(address: string): string[] {
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
  const number = a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d;
  const hex = (value: number, length = 2): string => value.toString(16).padStart(length, '0');
  const [high, low] = [hex(a * 256 + b, 4), hex(c * 256 + d, 4)];
  return [
    address,
    `${address}.`,
    String(number),
    `0x${number.toString(16)}`,
    `0${number.toString(8)}`,
    [a, b, c, d].map((part) => `0x${hex(part)}`).join('.'),
    [a, b, c, d].map((part) => `0${part.toString(8)}`).join('.'),
    `${a}.${b * 2 ** 16 + c * 2 ** 8 + d}`,
    `${a}.${b}.${c * 2 ** 8 + d}`,
    `0x${hex(a)}.${b}.0${c.toString(8)}.${d}`,
    address.replaceAll('.', '%2e'),
    address.replaceAll('.', '。'),
    address.replaceAll(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit))),
    `[::ffff:${address}]`,
    `[::ffff:${high}:${low}]`,
    `[0:0:0:0:0:ffff:${high}:${low}]`,
    `[::${address}]`,
    `[::ffff:0:${address}]`,
    `[64:ff9b::${address}]`,
    `[64:ff9b:1::${address}]`,
    `[2002:${high}:${low}::1]`,
    `[2001:0:${high}:${low}::1]`,
    `[fe80::5efe:${address}]`,
  ];
}

const blockedIpv4 = [
  '127.0.0.1',
  '127.255.255.254',
  '0.0.0.0',
  '10.0.0.1',
  '100.64.0.1',
  '169.254.169.254',
  '169.254.170.2',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.0.1',
  '192.0.0.192',
  '198.18.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '100.100.100.200',
  '168.63.129.16',
];
const blockedIpv6 = [
  '::',
  '::1',
  'fe80::1',
  'fc00::1',
  'fd00:ec2::254',
  'ff02::1',
  'fec0::1',
  '100::1',
  '2001:db8::1',
  '2001::1',
  '3fff::1',
  '5f00::1',
  '::7f00:1',
];
const spellings = [...blockedIpv4.flatMap(spellingsOf), ...blockedIpv6.map((address) => `[${address}]`)];

describe('a webhook on the public network', () => {
  it(`makes no connection to any of ${spellings.length} spellings of blocked addresses`, async () => {
    expect(spellings.length).toBeGreaterThanOrEqual(300);
    for (const host of spellings) {
      const url = `http://${host}:${receiver.port}/hook/`;
      expect(() => new WebHookFileStore(new MemoryFileStore(), { baseUrl: url, network: 'public' }), host).toThrow(TypeError);
      // The same without the check of the constructor, as when a proxy or a later version hands the connector a host.
      const { hostname } = new URL(url);
      await expect(connect(hostname), host).rejects.toMatchObject({ code: 'permission-denied' });
    }
    expect(receiver.connections).toBe(0);
  });

  it('makes no connection by a name that leads to them', async () => {
    const dropped: string[] = [];
    for (const name of ['localhost', 'localhost.', 'LOCALHOST', 'anything.localhost']) {
      const store = new WebHookFileStore(new MemoryFileStore(), {
        baseUrl: `http://${name}:${receiver.port}/`,
        network: 'public',
        attempts: 1,
        retryDelaysMs: [],
      });
      await store.write('file', 'x');
      await store.flush();
      dropped.push(...(await Array.fromAsync(store.deadLetters(), ({ reason }) => reason)));
      await store.close();
    }
    expect(receiver.connections).toBe(0);
    expect(dropped.filter((reason) => ['permission-denied', 'ENOTFOUND', 'EAI_AGAIN'].includes(reason))).toHaveLength(4);
    expect(dropped[0]).toBe('permission-denied');
  });

  it('takes of the answers of a name server only those that are public, and connects to none when none is', async () => {
    const answers: LookupAddress[] = [
      { address: '127.0.0.1', family: 4 },
      { address: '::1', family: 6 },
    ];
    await expect(connect('rebinding.example', answering(answers))).rejects.toMatchObject({ code: 'permission-denied' });
    expect(receiver.connections).toBe(0);
  });

  it('ends a connection that has reached another address than was answered, before anything is sent', async () => {
    let reads = 0;
    const rebinding = {
      family: 4,
      get address() {
        reads += 1;
        return reads === 1 ? '8.8.8.8' : '127.0.0.1';
      },
    };
    await expect(connect('rebinding.example', answering([rebinding]))).rejects.toMatchObject({ code: 'permission-denied' });
    expect(receiver.connections).toBe(1);
    expect(receiver.received).toEqual([]);
  });
});

it('connects to loopback where the network is any', async () => {
  await using store = new WebHookFileStore(new MemoryFileStore(), { baseUrl: receiver.baseUrl });
  const before = receiver.received.length;
  await store.write('file', 'x');
  await store.flush();
  expect(receiver.received.length).toBe(before + 1);
});

it.each(['8.8.8.8', '1.1.1.1', '93.184.215.14', '2606:4700:4700::1111', '2a00:1450:4001:800::200e', '192.0.1.1', '172.32.0.1'])(
  'takes %s for public',
  (address) => {
    expect(isPublicAddress(address)).toBe(true);
  },
);

it('takes nothing but IP addresses for public', () => {
  fc.assert(fc.property(fc.string(), (text) => !isPublicAddress(text) || /^[\da-f.:]+$/i.test(text)));
  expect(isPublicAddress('fe80::1%eth0')).toBe(false);
  expect(isPublicAddress('2606:4700:4700::1111%eth0')).toBe(false);
});

function answering(answers: readonly LookupAddress[]): LookupFunction {
  return (_name, _options, callback) => callback(null, [...answers]);
}

async function connect(hostname: string, lookupAnswer: LookupFunction = lookup as LookupFunction): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const connector = guardedConnector('public', 1_000, lookupAnswer);
  connector({ hostname, protocol: 'http:', port: String(receiver.port) }, (error, socket) => {
    socket?.destroy();
    if (error === null) {
      resolve();
    } else {
      reject(error);
    }
  });
  await promise;
}
