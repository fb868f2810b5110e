import { Agent, type ClientRequestArgs } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/**
 * The upstream side of one client's connection: as long-lived, and closed with it from either end.
 *
 * A pool instead would hand a request to a connection that the upstream is just closing: a reset that nobody asked for.
 */
export class PairedAgent extends Agent {
  readonly #client: Socket;
  #exchanges = 0;

  constructor(client: Socket) {
    super({ keepAlive: true, maxSockets: 1 });
    this.#client = client;
    client.once('close', () => this.destroy());
  }

  /** Tells that an exchange began; while one is on its way, it is that which learns of a closed upstream. */
  begin(): void {
    this.#exchanges += 1;
  }

  /** Tells that an exchange ended. */
  end(): void {
    this.#exchanges -= 1;
  }

  override createConnection(
    ...args: [options: ClientRequestArgs, callback?: (error: Error | null, stream: Duplex) => void]
  ): Duplex | null | undefined {
    const upstream = super.createConnection(...args);
    upstream?.once('close', () => {
      if (this.#exchanges === 0) {
        this.#client.destroySoon();
      }
    });
    return upstream;
  }
}
