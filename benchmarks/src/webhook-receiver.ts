import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** What a receiver was told since it was asked the last time. */
export interface ReceivedCount {
  readonly requests: number;
  readonly notices: number;
}

/** A webhook receiver on loopback, in a process of its own, that counts what it is told. */
export interface WebhookReceiver extends AsyncDisposable {
  /** Ends in `/`. */
  readonly baseUrl: string;
  /** Counts begin anew with each call. */
  takeCount(): Promise<ReceivedCount>;
}

/** Starts a receiver on a free port. */
export async function startWebhookReceiver(): Promise<WebhookReceiver> {
  const program = fileURLToPath(new URL('webhook-receiver-program.ts', import.meta.url));
  const child: ChildProcess = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit'] });
  const closed = once(child, 'close');
  const [port] = (await once(child.stdout ?? child, 'data')) as [Buffer];
  const origin = `http://127.0.0.1:${String(port).trim()}`;
  return {
    baseUrl: `${origin}/hook/`,
    takeCount: async () => (await (await fetch(`${origin}/count`)).json()) as ReceivedCount,
    async [Symbol.asyncDispose]() {
      child.kill();
      await closed;
    },
  };
}
