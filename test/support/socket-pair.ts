// Two ends of a real WebSocket on loopback: ours, and one that plays Twilio.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';

export interface SocketPair {
  readonly server: WebSocket;
  readonly twilio: WebSocket;
  /** Texts that our end sent, as they came over the wire. */
  readonly received: string[];
  /** Resolves with the close code that Twilio's end saw. */
  readonly closed: Promise<number>;
  /** Sends texts or JSON to our end and waits until it has handled them, and Twilio's end our answers. */
  say(...messages: readonly (object | string | Uint8Array)[]): Promise<void>;
  end(): Promise<void>;
}

export async function openSocketPair(): Promise<SocketPair> {
  const listener = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  const connected = once(listener, 'connection') as Promise<[WebSocket]>;
  const twilio = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false });
  const received: string[] = [];
  twilio.on('message', (data: Buffer) => received.push(data.toString('utf8')));
  const closed = new Promise<number>((resolve) => {
    twilio.once('close', resolve);
  });
  const [[server]] = await Promise.all([connected, once(twilio, 'open')]);
  return {
    server,
    twilio,
    received,
    closed,
    async say(...messages) {
      for (const message of messages) {
        if (message instanceof Uint8Array) twilio.send(message, { binary: true });
        else twilio.send(typeof message === 'string' ? message : JSON.stringify(message));
      }
      await echo(twilio);
      await echo(server);
    },
    async end() {
      twilio.terminate();
      server.terminate();
      await new Promise((resolve) => {
        listener.close(resolve);
      });
    },
  };
}

/** A pong comes back after everything that was sent before its ping; a closed socket has nothing to wait for. */
async function echo(socket: WebSocket): Promise<void> {
  if (socket.readyState !== WebSocket.OPEN) return;
  const over = new Promise<void>((resolve) => {
    socket.once('pong', () => {
      resolve();
    });
    socket.once('close', () => {
      resolve();
    });
  });
  socket.ping();
  await over;
}
