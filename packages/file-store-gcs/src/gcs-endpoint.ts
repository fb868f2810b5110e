import type { Storage } from '@google-cloud/storage';

type AuthClient = Awaited<ReturnType<Storage['authClient']['getClient']>>;

/** Where the requests go, and who may make them; the rest of `Storage` is not used. */
export interface GcsEndpoint {
  /** Origin and, seldom, the beginning of a path; no slash at the end. */
  readonly url: string;
  /**
   * Whether Google answers there. Elsewhere (emulators) conditions are trusted on uploads only: a delete then names the generation, a
   * conditional copy is a read and a conditional upload, and an upload in chunks is not taken up again where it broke.
   */
  readonly isGoogle: boolean;
  /**
   * The headers that say who asks.
   *
   * @param refused Those that the service has not accepted: others are made, where there is a way to.
   */
  readonly authorize: (url: URL, refused?: AuthHeaders) => Promise<AuthHeaders>;
}

/** Headers that say who asks. */
export type AuthHeaders = Readonly<Record<string, string>>;

/** The endpoint of the SDK's client: its address, its credentials. @throws {TypeError} When it is no URL, or has a password. */
export function toGcsEndpoint(storage: Storage): GcsEndpoint {
  const url = storage.apiEndpoint.replace(/\/+$/, '');
  const { hostname, username, password } = new URL(url);
  if (username !== '' || password !== '') {
    // Errors name the endpoint, and nobody would use them.
    throw new TypeError('the endpoint has no user and no password');
  }
  const isGoogle = [storage.universeDomain, 'googleapis.com'].some((domain) => hostname.endsWith(`.${domain}`));
  const isAnonymous = storage.customEndpoint && storage.useAuthWithCustomEndpoint !== true && !isGoogle;
  return {
    url,
    isGoogle,
    authorize: async (target, refused) => {
      const authorize = async (): Promise<AuthHeaders> => Object.fromEntries(await storage.authClient.getRequestHeaders(target));
      const headers = isAnonymous ? {} : await authorize();
      if (refused === undefined || headers['authorization'] !== refused['authorization'] || isAnonymous) {
        return headers;
      }
      return await renew(await storage.authClient.getClient(), authorize);
    },
  };
}

/** The client makes others by itself only when it knows that these have expired. */
async function renew(client: AuthClient, authorize: () => Promise<AuthHeaders>): Promise<AuthHeaders> {
  const { credentials } = client;
  client.setCredentials({ ...credentials, expiry_date: 1 });
  try {
    return await authorize();
  } catch (error) {
    client.setCredentials(credentials);
    throw error;
  }
}
