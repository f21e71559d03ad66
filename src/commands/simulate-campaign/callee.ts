// Who a callee is and what they sound like: a person of some intention, a machine with a beep, a screening telephone.
import { pcm, type Pcm } from '../../audio/units.ts';
import { clipOf, type Clip } from '../../simulator/caller-line.ts';
import { CalleeVoice, type NextWords } from '../../simulator/network/callee-voice.ts';
import { answerTo, personaAt, REMINDED, type Persona } from '../../simulator/network/personas.ts';
import type { PhoneCall } from '../../simulator/network/phone-system.ts';
import type { Answering } from '../../simulator/network/population.ts';
import type { ServerApi } from '../../simulator/server-api.ts';

export { CalleeVoice } from '../../simulator/network/callee-voice.ts';

export interface CalleeDeps {
  readonly api: ServerApi;
  readonly voice: { readonly speak: (text: string) => Promise<Pcm<8000>> };
  readonly signal: AbortSignal;
}

const HELLO = 'Hello?';
const VOICEMAIL = 'Hello. You have reached my voice mail. Please leave a message after the tone.';
const SCREENING = 'Please state your name and why you are calling.';
/** A 1 kHz tone. */
const BEEP = { hz: 1_000, ms: 400, amplitude: 9_000 };

export const personaOf = ({ persona }: Answering): Persona => personaAt(REMINDED, persona);

export async function calleeVoiceOf(
  deps: CalleeDeps,
  call: PhoneCall,
  callee: Answering,
): Promise<CalleeVoice> {
  const { voice } = deps;
  const clip = async (text: string): Promise<Clip> => clipOf((await voice.speak(text)).samples);
  const { patienceMs } = callee;
  const silent = (): Promise<NextWords> => Promise.resolve(null);
  switch (callee.who) {
    case 'voicemail':
      return new CalleeVoice({ opening: [await clip(VOICEMAIL), beep()], next: silent, patienceMs });
    case 'fax':
      return new CalleeVoice({ opening: [beep(), beep()], next: silent, patienceMs: 8_000 });
    case 'screening':
      return new CalleeVoice({
        opening: [await clip(SCREENING)],
        next: answers(deps, call, personaOf(callee), clip),
        patienceMs,
      });
    case 'person':
      return new CalleeVoice({
        opening: [await clip(HELLO)],
        next: answers(deps, call, personaOf(callee), clip),
        patienceMs,
      });
  }
}

const TRIES = 20;
const AGAIN_MS = 100;

/** By what the agent has said since it was asked last, as the server tells it. */
function answers(
  { api, signal }: CalleeDeps,
  call: PhoneCall,
  persona: Persona,
  clip: (text: string) => Promise<Clip>,
): () => Promise<NextWords> {
  let seen = 0;
  return async () => {
    for (let tries = 0; tries < TRIES && !signal.aborted; tries += 1) {
      const turns = (await api.call(call.sid))?.turns.filter(({ replied }) => replied !== '') ?? [];
      if (turns.length > seen) {
        const said = turns
          .slice(seen)
          .map(({ replied }) => replied)
          .join(' ');
        seen = turns.length;
        const answer = answerTo(persona, said);
        if (answer === null) return null;
        return 'hangUp' in answer ? 'hang-up' : clip(answer.say);
      }
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
    return null;
  };
}

function beep(): Clip {
  const samples = new Int16Array((BEEP.ms * 8_000) / 1_000);
  for (let i = 0; i < samples.length; i += 1) {
    samples[i] = Math.round(BEEP.amplitude * Math.sin((2 * Math.PI * BEEP.hz * i) / 8_000));
  }
  return clipOf(pcm(8_000, samples).samples);
}
