// Twilio's side of one inbound call outside the media stream: fetches TwiML, runs its verbs, posts the callbacks.
import type { SimulatorClock } from './simulator-clock.ts';
import type { StreamResult } from './simulated-stream.ts';
import { resolveUrl, type Line } from './target.ts';
import { parseTwiml, TwimlError, type ConnectStream, type DialNumber, type Verb } from './twiml.ts';
import { postWebhook } from './webhooks.ts';
import { XmlError } from './xml.ts';

export interface PhoneCall {
  readonly accountSid: string;
  readonly callSid: string;
  readonly from: string;
  readonly to: string;
  /** `inbound` where it is left out. */
  readonly direction?: 'inbound' | 'outbound-api';
}

export interface NetworkOptions {
  readonly call: PhoneCall;
  readonly line: Line;
  readonly clock: SimulatorClock;
  /** Runs one stream to its end. Rejects with HandshakeError. */
  readonly connect: (stream: ConnectStream, streamSid: string) => Promise<StreamResult>;
  readonly newStreamSid: () => string;
  /** What becomes of calls that the server hands on. */
  readonly transfers?: TransferOutcome;
  /** Hangs up. */
  readonly signal: AbortSignal;
}

/** As `DialCallStatus` names it. */
export type TransferOutcome = 'completed' | 'busy' | 'no-answer' | 'failed';

/** A call that the server handed on. */
export interface Transfer {
  readonly to: string;
  readonly outcome: TransferOutcome;
  /** Said to whoever answered. */
  readonly announced: readonly string[];
}

export interface NetworkResult {
  readonly announcements: readonly string[];
  readonly transfers: readonly Transfer[];
  readonly problems: readonly string[];
}

type CallStatus = 'ringing' | 'in-progress' | 'completed';

/** Twilio follows at most this many redirects; the same bound is put on documents asked for by `action`. */
const MAX_DOCUMENTS = 10;
const TWIML_TYPES = /^(?:text\/xml|application\/xml|text\/html)\b/i;

/** Runs once. Every failure becomes a problem; it never rejects. */
export class PhoneNetwork {
  readonly #options: NetworkOptions;
  readonly #announcements: string[] = [];
  readonly #transfers: Transfer[] = [];
  readonly #problems: string[] = [];
  readonly #callbacks: Promise<void>[] = [];
  #status: CallStatus = 'ringing';
  #documents = 0;

  constructor(options: NetworkOptions) {
    this.#options = options;
    // A call that was made has been answered when its document is asked for.
    if (options.call.direction === 'outbound-api') this.#status = 'in-progress';
  }

  /** `voiceUrl` is the public URL of the number's webhook. Ends with the call, all callbacks answered. */
  async run(voiceUrl: string): Promise<NetworkResult> {
    try {
      await this.#runDocument(voiceUrl);
    } catch (error) {
      this.#problems.push(describe(error));
    }
    await Promise.all(this.#callbacks);
    return { announcements: this.#announcements, transfers: this.#transfers, problems: this.#problems };
  }

  async #runDocument(url: string, more: Readonly<Record<string, string>> = {}): Promise<void> {
    for (const verb of await this.#verbsOf(url, more)) {
      if (this.#options.signal.aborted) return;
      if ((await this.#runVerb(verb, url)) === 'stop') return;
    }
  }

  async #verbsOf(url: string, more: Readonly<Record<string, string>>): Promise<readonly Verb[]> {
    this.#documents += 1;
    if (this.#documents > MAX_DOCUMENTS) throw new TwimlError(11215, 'more than ten documents in one call');
    const fields = { ...this.#fields(), ...more };
    const { status, contentType, body } = await postWebhook(url, fields, this.#options.line);
    if (status !== 200) throw new TwimlError(11200, `POST ${url} was answered with status ${status}`);
    if (!TWIML_TYPES.test(contentType)) throw new TwimlError(12300, `Content-Type ${contentType} of ${url}`);
    return parseTwiml(body);
  }

  /** The other party's call: it is answered at once, and over at once. */
  async #runDial(dial: DialNumber, documentUrl: string): Promise<'go-on' | 'stop'> {
    const { transfers: outcome = 'completed' } = this.#options;
    const { number: to, announcement, action } = dial;
    const announced: string[] = [];
    if (outcome === 'completed' && announcement !== null) {
      const leg = { CallSid: `CA${'f'.repeat(32)}`, ParentCallSid: this.#options.call.callSid, To: to };
      const verbs = await this.#verbsOf(resolveUrl(announcement, documentUrl), leg);
      announced.push(...verbs.flatMap((verb) => (verb.verb === 'say' ? [verb.text] : [])));
    }
    this.#transfers.push({ to, outcome, announced });
    if (action === null) return 'go-on';
    await this.#runDocument(resolveUrl(action, documentUrl), { DialCallStatus: outcome });
    return 'stop';
  }

  async #runVerb(verb: Verb, documentUrl: string): Promise<'go-on' | 'stop'> {
    switch (verb.verb) {
      case 'connect-stream':
        return this.#runStream(verb, documentUrl);
      case 'dial':
        return this.#runDial(verb, documentUrl);
      case 'say':
        this.#status = 'in-progress';
        this.#announcements.push(verb.text);
        return 'go-on';
      case 'pause':
        this.#status = 'in-progress';
        await this.#pause(verb.seconds * 1000);
        return 'go-on';
      case 'redirect':
        await this.#runDocument(resolveUrl(verb.url, documentUrl));
        return 'stop';
      case 'enqueue':
        this.#problems.push(`The server put the call into the queue ${verb.queue}.`);
        return 'stop';
      case 'reject':
        this.#problems.push(`The server rejected the call (${verb.reason}).`);
        return 'stop';
      case 'hangup':
        return 'stop';
    }
  }

  async #runStream(verb: ConnectStream, documentUrl: string): Promise<'go-on' | 'stop'> {
    this.#status = 'in-progress';
    const streamSid = this.#options.newStreamSid();
    let hungUp = false;
    try {
      const running = this.#options.connect(verb, streamSid);
      this.#report(verb, streamSid, 'stream-started');
      const { endedBy } = await running;
      hungUp = endedBy === 'caller' || endedBy === 'too-long';
      this.#report(verb, streamSid, 'stream-stopped');
    } catch (error) {
      this.#problems.push(describe(error));
      this.#report(verb, streamSid, 'stream-error', describe(error));
    }
    if (hungUp) this.#status = 'completed';
    if (verb.action === null) return hungUp ? 'stop' : 'go-on';
    // The action is asked for after a hang-up, too; what it then answers has no caller left to hear it.
    await this.#runDocument(resolveUrl(verb.action, documentUrl));
    return 'stop';
  }

  /** Stream callbacks are requests of their own, at the same time as everything else, and wait for nobody. */
  #report(verb: ConnectStream, streamSid: string, event: string, error?: string): void {
    if (verb.statusCallback === null) return;
    const { call, line } = this.#options;
    const fields = {
      AccountSid: call.accountSid,
      CallSid: call.callSid,
      StreamSid: streamSid,
      StreamName: verb.name ?? streamSid,
      StreamEvent: event,
      // Twilio writes nanoseconds.
      Timestamp: new Date().toISOString().replace('Z', '000000Z'),
      ...(error === undefined ? {} : { StreamError: error }),
    };
    const posted = postWebhook(verb.statusCallback, fields, line).then(
      ({ status }) => {
        if (status >= 300) this.#problems.push(`The ${event} callback was answered with status ${status}.`);
      },
      (failure: unknown) => {
        this.#problems.push(describe(failure));
      },
    );
    this.#callbacks.push(posted);
  }

  #pause(durationMs: number): Promise<void> {
    const { clock, signal } = this.#options;
    return new Promise((resolve) => {
      const end = (): void => {
        signal.removeEventListener('abort', end);
        cancel();
        resolve();
      };
      const cancel = clock.at(clock.now() + durationMs, end);
      signal.addEventListener('abort', end, { once: true });
    });
  }

  /** As in a captured inbound request, an empty value among them: empty ones are signed too. */
  #fields(): Readonly<Record<string, string>> {
    const { accountSid, callSid, from, to, direction = 'inbound' } = this.#options.call;
    return {
      AccountSid: accountSid,
      ApiVersion: '2010-04-01',
      CallSid: callSid,
      CallStatus: this.#status,
      Called: to,
      CalledCountry: 'US',
      Caller: from,
      CallerCity: '',
      CallerCountry: 'US',
      Direction: direction,
      From: from,
      To: to,
    };
  }
}

function describe(error: unknown): string {
  if (error instanceof TwimlError) return `Error ${error.code}: ${error.message}.`;
  if (error instanceof XmlError) return `Error 12100: the TwiML is not valid XML: ${error.message}.`;
  return error instanceof Error ? error.message : String(error);
}
