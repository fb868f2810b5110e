import type { Finding } from '../finding.ts';
import type { LocalPeer } from '../peers/local-peer.ts';

/** The findings of a contest, and a line that says who is not compared, and why; none when everyone is. */
export function withNotCompared(findings: readonly Finding[], reasons: readonly string[]): Finding[] {
  const [first] = findings;
  if (first === undefined || reasons.length === 0) {
    return [...findings];
  }
  const { what, ours, unit } = first;
  return [...findings, { what, ours, unit, notCompared: reasons.join('; ') }];
}

/** The libraries that lack an operation, each with the reason. */
export function lacking(peers: readonly LocalPeer[], operation: 'read' | 'stat' | 'list' | 'remove'): string[] {
  return peers
    .filter((peer) => peer[operation] === undefined)
    .map(({ library, hasPlainFiles }) => `${library} has ${operation === 'list' && !hasPlainFiles ? 'no directories' : 'none'}`);
}
