// Opens the media WebSocket with the headers that Twilio sends, and nothing a browser or a library would add.
import { WebSocket } from 'ws';
import { signRequest } from './signature.ts';
import type { StreamSocket } from './simulated-stream.ts';
import { targetUrl, type Line } from './target.ts';

/** The handshake failed. 31901 timeout, 31902 refused, 31920 any status but 101. */
export class HandshakeError extends Error {
  override readonly name = 'HandshakeError';
  readonly code: number;

  constructor(code: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Nobody wrote down how long Twilio waits for the 101; its webhooks give a connection five seconds. */
const HANDSHAKE_TIMEOUT_MS = 5_000;

/** `url` is the wss URL as written in the TwiML; it is signed as it stands. @throws HandshakeError. */
export function openStreamSocket(url: string, line: Line): Promise<StreamSocket> {
  const address = targetUrl(url, line).replace(/^http/, 'ws');
  const socket = new WebSocket(address, {
    perMessageDeflate: false,
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    headers: {
      Host: new URL(url).host,
      'User-Agent': 'Twilio.TmeWs/1.0',
      'x-twilio-signature': signRequest(line.authToken, url, {}),
    },
  });
  const adapted = adapt(socket);
  return new Promise((resolve, reject) => {
    socket.once('open', () => {
      resolve(adapted);
    });
    socket.once('unexpected-response', (_request, response) => {
      const status = response.statusCode ?? 0;
      response.resume();
      socket.terminate();
      reject(new HandshakeError(31920, `the upgrade of ${url} was answered with status ${status}, not 101`));
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      const code = error.code === 'ECONNREFUSED' ? 31902 : 31901;
      reject(new HandshakeError(code, `no WebSocket at ${address}: ${error.message}`, { cause: error }));
    });
  });
}

/** Messages that come between the 101 and `onMessage` wait; Twilio's server side never sends before `start`. */
function adapt(socket: WebSocket): StreamSocket {
  const early: (string | null)[] = [];
  let closed: number | null = null;
  let onMessage = (text: string | null): void => void early.push(text);
  let onClose = (code: number): void => {
    closed = code;
  };
  socket.on('message', (data: Buffer, isBinary) => {
    onMessage(isBinary ? null : data.toString('utf8'));
  });
  socket.on('close', (code) => {
    onClose(code);
  });
  return {
    send: (text) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    get bufferedBytes() {
      return socket.bufferedAmount;
    },
    close: () => {
      socket.close();
    },
    terminate: () => {
      socket.terminate();
    },
    onMessage: (listener) => {
      onMessage = listener;
      for (const text of early.splice(0)) listener(text);
    },
    onClose: (listener) => {
      onClose = listener;
      if (closed !== null) listener(closed);
    },
  };
}
