// Sends the webhooks of one call as Twilio does: signed form posts to the public URL, delivered to the target.
import { randomUUID } from 'node:crypto';
import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { signRequest, type FormFields } from './signature.ts';
import { targetUrl, type Line } from './target.ts';

export interface WebhookAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** No usable answer: Twilio's error 11200 and its relatives. */
export class WebhookError extends Error {
  override readonly name = 'WebhookError';
}

/** Twilio's ceiling for every request that belongs to a call. */
const WEBHOOK_TIMEOUT_MS = 15_000;
/** Far beyond any TwiML; a longer answer is an error. */
const MAX_ANSWER_BYTES = 1_000_000;

/** @throws WebhookError when there is no connection or no complete answer in time. Any status is an answer. */
export function postWebhook(publicUrl: string, fields: FormFields, line: Line): Promise<WebhookAnswer> {
  const url = targetUrl(publicUrl, line);
  const body = new URLSearchParams(fields).toString();
  const request = url.startsWith('https:') ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      reject(new WebhookError(`POST ${url}: ${error.message}`, { cause: error }));
    };
    const outgoing = request(
      url,
      {
        method: 'POST',
        agent: false,
        signal: AbortSignal.timeout(WEBHOOK_TIMEOUT_MS),
        headers: {
          Host: new URL(publicUrl).host,
          'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8',
          'Content-Length': Buffer.byteLength(body),
          'User-Agent': 'TwilioProxy/1.1',
          Accept: '*/*',
          'X-Twilio-Signature': signRequest(line.authToken, publicUrl, fields),
          'I-Twilio-Idempotency-Token': randomUUID(),
        },
      },
      (response) => {
        readAnswer(response).then(resolve, fail);
      },
    );
    outgoing.on('error', fail);
    outgoing.end(body);
  });
}

async function readAnswer(response: IncomingMessage): Promise<WebhookAnswer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) throw new Error('the answer is too long');
    chunks.push(chunk);
  }
  return {
    status: response.statusCode ?? 0,
    contentType: response.headers['content-type'] ?? '',
    body: Buffer.concat(chunks).toString('utf8'),
  };
}
