import { type LookupAddress, lookup as lookupName } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { FileStoreError } from '@oh/file-store-core';
import { buildConnector } from 'undici/index.js';
import { isPublicAddress } from './public-address.ts';

/** Where requests may go: anywhere, or to hosts of the public internet alone. */
export type WebHookNetwork = 'any' | 'public';

/**
 * Makes the connections of an undici dispatcher.
 *
 * With `public`, an address is looked at three times: as a literal, which is never looked up; as the answer of a name server, before anything is sent
 * to it; and as what the socket has reached, whatever was answered in between.
 *
 * @param lookup How names are looked up. Default: `lookup` of `node:dns`.
 */
export function guardedConnector(
  network: WebHookNetwork,
  timeoutMs: number,
  lookup: LookupFunction = lookupName,
): buildConnector.connector {
  if (network === 'any') {
    return buildConnector({ timeout: timeoutMs, allowH2: false });
  }
  const connect = buildConnector({ timeout: timeoutMs, allowH2: false, lookup: publicLookup(lookup) } as buildConnector.BuildOptions);
  return (options, callback) => {
    const literal = options.hostname.replace(/^\[(.*)\]$/, '$1');
    if (isIP(literal) !== 0 && !isPublicAddress(literal)) {
      callback(refusal(), null);
      return;
    }
    connect(options, (...[error, socket]) => {
      if (error !== null) {
        callback(error, null);
        return;
      }
      if (!isPublicAddress(socket.remoteAddress ?? '')) {
        socket.destroy();
        callback(refusal(), null);
        return;
      }
      callback(null, socket);
    });
  };
}

/** A lookup that answers with public addresses alone. */
function publicLookup(lookup: LookupFunction): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, options, (error, answer, family) => {
      if (error !== null) {
        callback(error, answer, family);
        return;
      }
      const addresses: readonly LookupAddress[] = Array.isArray(answer) ? answer : [{ address: answer, family: family ?? 0 }];
      const allowed = addresses.filter(({ address }) => isPublicAddress(address));
      const [first] = allowed;
      if (first === undefined) {
        callback(refusal(), [], 0);
      } else if (Array.isArray(answer)) {
        callback(null, allowed);
      } else {
        callback(null, first.address, first.family);
      }
    });
  };
}

function refusal(): FileStoreError {
  return new FileStoreError('permission-denied', 'the webhook is at an address that is not public');
}
