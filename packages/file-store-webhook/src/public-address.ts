import { BlockList, isIP } from 'node:net';

/** What IANA has set apart, and multicast: no host of the public internet has such an address. */
const specialIpv4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  // Azure's platform services answer here, to virtual machines alone.
  '168.63.129.16/32',
] as const;

/** The addresses of hosts: everything outside is local, multicast, or another way to write an IPv4 address. */
const globalUnicastIpv6 = '2000::/3';

/** What IANA has set apart of them: protocol assignments (Teredo, ORCHID), documentation, 6to4, direct delegation to AS112. */
const specialIpv6 = ['2001::/23', '2001:db8::/32', '2002::/16', '2620:4f:8000::/48', '3fff::/20'] as const;

const special: BlockList = toBlockList([...specialIpv4, ...specialIpv6]);
const globalUnicast: BlockList = toBlockList([globalUnicastIpv6]);

/**
 * Whether an IP address is one of a host on the public internet.
 *
 * Not public are loopback, private, link-local and shared addresses, those of metadata services, multicast, and what stands for an IPv4 address in
 * IPv6 (mapped, compatible, NAT64, 6to4, Teredo), whichever it is.
 *
 * @param address As `node:net` writes it; anything else is not public.
 * @see https://www.iana.org/assignments/iana-ipv4-special-registry
 * @see https://www.iana.org/assignments/iana-ipv6-special-registry
 */
export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !special.check(address, 'ipv4');
    case 6:
      return !address.includes('%') && globalUnicast.check(address, 'ipv6') && !special.check(address, 'ipv6');
    default:
      return false;
  }
}

function toBlockList(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [network = '', prefix] = range.split('/');
    list.addSubnet(network, Number(prefix), network.includes(':') ? 'ipv6' : 'ipv4');
  }
  return list;
}
