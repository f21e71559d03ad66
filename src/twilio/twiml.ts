// The TwiML documents that answer Twilio's webhooks.
import twilio from 'twilio';
import { TOKEN_PARAMETER } from './stream-tokens.ts';

export interface AnswerOptions {
  /** The origin that Twilio reaches us at, `https://host[:port]`. */
  readonly publicUrl: string;
  readonly token: string;
}

const STREAM_PATH = '/twilio/media';
const STREAM_ENDED_PATH = '/twilio/stream-ended';
const STREAM_STATUS_PATH = '/twilio/stream-status';

/** Connects the call to our media socket. A stream URL takes no query, so the token travels as a parameter. */
export function answerTwiml({ publicUrl, token }: AnswerOptions): string {
  const response = new twilio.twiml.VoiceResponse();
  response
    .connect({ action: STREAM_ENDED_PATH })
    .stream({
      url: publicUrl.replace(/^http/i, 'ws') + STREAM_PATH,
      // Unlike the action, this one must be absolute.
      statusCallback: publicUrl + STREAM_STATUS_PATH,
    })
    .parameter({ name: TOKEN_PARAMETER, value: token });
  return response.toString();
}

export interface DialOptions {
  readonly publicUrl: string;
  readonly callSid: string;
  /** E.164. */
  readonly to: string;
  readonly ringS: number;
  /** Whether whoever answers is told first what it is about. */
  readonly announced: boolean;
}

const TRANSFER_ENDED_PATH = '/twilio/transfer-ended';
const ANNOUNCEMENT_PATH = '/twilio/transfer-announcement';

/** Connects the caller to somebody else; what comes of it is asked for at its end. */
export function dialTwiml({ publicUrl, callSid, to, ringS, announced }: DialOptions): string {
  const response = new twilio.twiml.VoiceResponse();
  const dial = response.dial({ action: TRANSFER_ENDED_PATH, timeout: ringS, answerOnBridge: true });
  const url = `${publicUrl}${ANNOUNCEMENT_PATH}?of=${encodeURIComponent(callSid)}`;
  dial.number(announced ? { url } : {}, to);
  return response.toString();
}

/** Says `text` to whoever answers a transfer; then the two are connected. */
export function announcementTwiml(text: string): string {
  const response = new twilio.twiml.VoiceResponse();
  if (text !== '') response.say(text);
  return response.toString();
}

/** What becomes of calls that are not taken; at most one is given. */
export interface RefusalRoute {
  /** Words in place of the reason's own. */
  readonly say: string;
  /** The address of another TwiML document. */
  readonly redirect: string;
  /** A Twilio queue where somebody else picks the call up. */
  readonly enqueue: string;
}

/** Says `text`, which tells the reason, or does what `route` says instead. */
export function refusalTwiml(text: string, route: RefusalRoute): string {
  const response = new twilio.twiml.VoiceResponse();
  if (route.redirect !== '') response.redirect({ method: 'POST' }, route.redirect);
  else if (route.enqueue !== '') response.enqueue(route.enqueue);
  else return farewellTwiml(route.say === '' ? text : route.say);
  return response.toString();
}

/** Says `text` and hangs up. */
export function farewellTwiml(text: string): string {
  const response = new twilio.twiml.VoiceResponse();
  response.say(text);
  response.hangup();
  return response.toString();
}

export function hangupTwiml(): string {
  const response = new twilio.twiml.VoiceResponse();
  response.hangup();
  return response.toString();
}

export function emptyTwiml(): string {
  return new twilio.twiml.VoiceResponse().toString();
}
