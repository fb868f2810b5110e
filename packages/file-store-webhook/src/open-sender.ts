import type { DeliveryClock } from './delivery-clock.ts';
import { HttpSender } from './http-sender.ts';
import { parseHeaders, parseLimits, type WebHookOptions } from './web-hook-options.ts';
import { WebhookSigner } from './webhook-signature.ts';

/** Opens what sends the requests, signed and to this host alone. @throws {TypeError} For headers or secrets that are none. @throws {RangeError} For limits that are none. */
export function openSender(options: WebHookOptions, url: URL, connections: number, clock: DeliveryClock): HttpSender {
  const { signingSecret = [], network = 'any' } = options;
  return new HttpSender({
    origin: url.origin,
    headers: parseHeaders(options.headers),
    signer: new WebhookSigner(typeof signingSecret === 'string' ? [signingSecret] : signingSecret),
    network,
    connections,
    limits: parseLimits(options),
    clock,
  });
}
