// Text messages over Twilio's REST API.
import type { Messenger } from '../ports/call-services.ts';
import type { RestClient } from './rest-client.ts';

/** `from` is a number of the account that may send them. */
export function twilioMessenger(rest: RestClient, from: string): Messenger {
  return {
    send: async ({ to, text }) => {
      await rest.post('Messages.json', { To: to, From: from, Body: text });
    },
  };
}
