import { createSecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { expect, it, onTestFinished } from 'vitest';
import { S3FileStore } from '../src/index.ts';

/** For this test alone: signed by itself, for 127.0.0.1, until 2126. */
const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgX4/6/Xg+LVm2cAWv
H3CVYOlzLkmuEaNRMi5rvY5Y/uGhRANCAASZqN8IN1JivPRc5Xzy5GpOvSnvs6IY
jwW2geAE07BxoscYr5dexWx/ogVNfOexrFvXRQQI5vXsd42jdXjB5sQl
-----END PRIVATE KEY-----`;
const cert = `-----BEGIN CERTIFICATE-----
MIIBmzCCAUGgAwIBAgIUFpEWvkn505qEpKtRGiHdK5iGXbMwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyOTE2MTAwNVoYDzIxMjYxMTA1
MTYxMDA1WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAASZqN8IN1JivPRc5Xzy5GpOvSnvs6IYjwW2geAE07BxoscYr5dexWx/
ogVNfOexrFvXRQQI5vXsd42jdXjB5sQlo28wbTAdBgNVHQ4EFgQUSxzvmkRXwkOc
RCGkGalBXtWS+8EwHwYDVR0jBBgwFoAUSxzvmkRXwkOcRCGkGalBXtWS+8EwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDSAAwRQIhAPVnHjicAnUSp8KJz78qY+IkwFzQQoWYEDwLgVfobquDAiBB
C+pMUSF3jCznxM8hrpORcZecOySrENMi4Tk33usK0w==
-----END CERTIFICATE-----`;

it('speaks HTTP/1.1 to a server that would rather speak HTTP/2, in every request', async () => {
  const before = getCACertificates('default');
  setDefaultCACertificates([...before, cert]);
  const versions: string[] = [];
  const server = createSecureServer({ key, cert, allowHTTP1: true }, (request, response) => {
    versions.push(request.httpVersion);
    response.writeHead(200, { etag: '"e"', 'content-length': '0' }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    setDefaultCACertificates(before);
    await new Promise((resolve) => server.close(resolve));
  });
  const endpoint = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const store = new S3FileStore({ bucket: 'b', endpoint, credentials: { accessKeyId: 'id', secretAccessKey: 'secret' } });
  for (let request = 0; request < 3; request += 1) {
    await store.stat('file');
  }
  await store.close();
  expect(versions).toEqual(['1.1', '1.1', '1.1']);
});
