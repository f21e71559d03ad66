// A scripted stand-in for the server: real HTTP and WebSocket on loopback, signatures checked by Twilio's own library.
import fastifyFormbody from '@fastify/formbody';
import fastifyWebsocket from '@fastify/websocket';
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import type { IncomingHttpHeaders } from 'node:http';
import twilio from 'twilio';
import type { WebSocket } from 'ws';
import type { ServerCall, ServerTurn } from '../../src/simulator/server-api.ts';

export const FAKE_PUBLIC_URL = 'https://parley.example';
export const FAKE_AUTH_TOKEN = '12345';
export const FAKE_API_KEY = 'fake-key';

export interface SeenWebhook {
  readonly url: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly headers: IncomingHttpHeaders;
  readonly signed: boolean;
}

/** As much of a ws socket as a script needs. */
export type FakeSocket = Pick<WebSocket, 'send' | 'close' | 'terminate' | 'on'>;

/** One stream as the server sees it. */
export interface FakeStream {
  readonly socket: FakeSocket;
  readonly streamSid: string;
  readonly callSid: string;
  send(message: object): void;
}

export interface FakeScript {
  /** The answer to /twilio/voice; the usual TwiML when absent. */
  readonly voice?: { readonly status?: number; readonly type?: string; readonly body: string };
  readonly onStart?: (stream: FakeStream) => void;
  readonly onMessage?: (stream: FakeStream, message: Record<string, unknown>) => void;
}

export class FakeParley {
  readonly webhooks: SeenWebhook[] = [];
  readonly upgrades: { readonly headers: IncomingHttpHeaders; readonly signed: boolean }[] = [];
  /** Raw text of every message of every stream. */
  readonly messages: string[] = [];
  readonly closes: number[] = [];
  readonly turns: ServerTurn[] = [];
  state = 'listening';
  result: string | null = null;
  collected: Record<string, string> = {};
  readonly #app: FastifyInstance = fastify();
  readonly #script: FakeScript;
  #framesReceived = 0;

  constructor(script: FakeScript = {}) {
    this.#script = script;
  }

  /** Resolves with the address to connect to. */
  async listen(): Promise<string> {
    await this.#app.register(fastifyFormbody);
    await this.#app.register(fastifyWebsocket, { options: { perMessageDeflate: false } });
    this.#webhook('/twilio/voice', () => this.#script.voice ?? { body: CONNECT });
    this.#webhook('/twilio/stream-ended', () => ({ body: '<Response/>' }));
    this.#webhook('/twilio/stream-status', () => ({ status: 204, body: '' }));
    this.#app.get('/twilio/media', { websocket: true }, (socket, request) => {
      this.#stream(socket, request);
    });
    this.#app.get('/api/status', () => ({
      warmupMs: 1200,
      firstInferenceMs: 40,
      eventLoopDelayMs: { p50: 1, p99: 3, max: 9 },
    }));
    this.#app.get('/api/calls/:callSid', (request, reply) => {
      if (request.headers.authorization !== `Bearer ${FAKE_API_KEY}`) return reply.code(401).send({});
      return this.record((request.params as { callSid: string }).callSid);
    });
    return this.#app.listen({ host: '127.0.0.1', port: 0 });
  }

  record(callSid: string): ServerCall {
    return {
      callSid,
      agent: 'fake',
      state: this.state,
      outcome: this.state === 'ended' ? 'completed' : 'in-progress',
      result: this.result,
      collected: this.collected,
      turns: this.turns,
      counters: {
        framesReceived: this.#framesReceived,
        windowsJudged: Math.floor(this.#framesReceived / 1.6),
      },
    };
  }

  close(): Promise<void> {
    return this.#app.close();
  }

  #webhook(path: string, answer: () => { status?: number; type?: string; body: string }): void {
    this.#app.post(path, async (request, reply) => {
      const fields = { ...(request.body as Record<string, string>) };
      const url = FAKE_PUBLIC_URL + request.url;
      const signature = String(request.headers['x-twilio-signature']);
      const signed = twilio.validateRequest(FAKE_AUTH_TOKEN, signature, url, fields);
      this.webhooks.push({ url, fields, headers: request.headers, signed });
      const { status = 200, type = 'text/xml', body } = answer();
      return reply.code(status).type(type).send(body);
    });
  }

  #stream(socket: FakeSocket, request: FastifyRequest): void {
    const url = `${FAKE_PUBLIC_URL.replace('https', 'wss')}${request.url}`;
    const signature = String(request.headers['x-twilio-signature']);
    const signed = twilio.validateRequest(FAKE_AUTH_TOKEN, signature, url, {});
    this.upgrades.push({ headers: request.headers, signed });
    let stream: FakeStream | null = null;
    socket.on('message', (data: Buffer) => {
      const text = data.toString('utf8');
      this.messages.push(text);
      const message = JSON.parse(text) as Record<string, unknown>;
      if (message['event'] === 'media') this.#framesReceived += 1;
      if (message['event'] === 'start') {
        stream = streamOf(socket, message);
        this.#script.onStart?.(stream);
      } else if (stream !== null) {
        this.#script.onMessage?.(stream, message);
      }
    });
    socket.on('close', (code) => {
      this.closes.push(code);
      this.state = 'ended';
    });
  }
}

function streamOf(socket: FakeSocket, start: Record<string, unknown>): FakeStream {
  const { streamSid, callSid } = start['start'] as { streamSid: string; callSid: string };
  return {
    socket,
    streamSid,
    callSid,
    send: (message) => {
      socket.send(JSON.stringify(message));
    },
  };
}

const CONNECT = `<?xml version="1.0" encoding="UTF-8"?><Response><Connect action="/twilio/stream-ended"><Stream url="wss://parley.example/twilio/media" statusCallback="${FAKE_PUBLIC_URL}/twilio/stream-status"><Parameter name="token" value="a&amp;b"/></Stream></Connect></Response>`;
