import type { S3Client } from '@aws-sdk/client-s3';
import type { SigningScope } from './request-signer.ts';

/** Where the requests for the objects of a bucket go. */
export interface DirectTarget extends SigningScope {
  readonly origin: string;
  readonly host: string;
  /** What comes before the key: empty, or the bucket, with its slash before. */
  readonly basePath: string;
}

/** How the SDK says which signature an endpoint wants. */
interface AuthScheme {
  readonly name?: string;
  readonly signingName?: string;
  readonly signingRegion?: string;
}

/**
 * Learns from the first request that a client makes where the SDK has it go: its rules for regions, endpoints and access points are followed
 * without being repeated here.
 *
 * @returns What was learned: `undefined` before the first request, and where anything but Signature Version 4 is asked for.
 */
export function learnTarget(client: S3Client): () => DirectTarget | undefined {
  let target: DirectTarget | undefined;
  client.middlewareStack.add(
    (next, context) => async (args) => {
      // Other steps set it, before this one runs.
      const { endpointV2 } = context;
      if (target === undefined && endpointV2 !== undefined && Object.keys(endpointV2.headers ?? {}).length === 0) {
        const [scheme] = (endpointV2.properties?.['authSchemes'] ?? []) as readonly AuthScheme[];
        target = toTarget(endpointV2.url, scheme);
      }
      return await next(args);
    },
    { step: 'finalizeRequest', name: 'learnTarget' },
  );
  return () => target;
}

function toTarget(url: URL, scheme: AuthScheme | undefined): DirectTarget | undefined {
  const { name, signingName = 's3', signingRegion } = scheme ?? {};
  if (name !== 'sigv4' || signingRegion === undefined) {
    return undefined;
  }
  return { origin: url.origin, host: url.host, basePath: url.pathname.replace(/\/$/, ''), region: signingRegion, service: signingName };
}
