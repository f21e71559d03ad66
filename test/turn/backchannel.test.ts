// Signs of listening against words that ask for the floor, as people say them and as the speech model writes them.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  gistOf,
  isHum,
  LEAST_CALL_CONFIDENCE,
  LEAST_OVERLAP_CONFIDENCE,
  OVERLAP_PHRASES,
  overlapGist,
  overlapPhrases,
} from '../../src/turn/backchannel.ts';

const SIGNS = [
  'Mm-hm.',
  'Mm-mm.',
  'Mm-m-m',
  'Haha.', 'Mm-hmm.', 'Mm-Hmm', 'Mhm', 'Mm.', 'Mmm.', 'Mm M..', 'M. M. H. M..', 'Hm.', 'Hmm.', 'Uh-huh.', 'Uh huh', 'Uh,',
  'Uh, uh,', 'Um,,', 'Er.', 'Ah.', 'Aha!', 'Ah, huh.', 'Oh.', 'Oh,', 'Huh.', 'Huh?',
  'Yeah.', 'Yeah, yeah.', 'Yes.', 'Yes?', 'Yep.', 'Yup.', 'Yet,', 'Okay.', 'Ok, Ok.', 'Okay, okay.', 'Right.', 'Right, right.',
  'Sure.', 'Sher,', 'I see.', 'Oh, I see.', 'Got it.', 'I got it.', 'Wow.,', 'Wow!', 'All right.', 'Alright', 'Cool.', 'Great.',
  'Ok, great.', 'Nice.', 'Good.', 'Exactly.', 'True.', 'Really?', 'Oh, okay.', 'Yeah, right.', "That's right.", 'That’s fine.',
  "You're right.", 'Of course.', 'Sounds good.', 'Go on.', 'Thank you.', 'okay, yeah, sure, got it', 'Mm-hmm, yeah, I see.',
  'I see, that is right.',
]; // prettier-ignore

const WORDS = [
  'No.', 'No, no.', 'Nope.', 'Uh-uh.', 'Stop.', 'Please stop.', 'Wait.', 'Wait, wait.', 'Hold on.', 'Hang on.', 'Hello?', 'Hey.',
  'What?', 'Sorry?', 'Sorry.', 'Pardon?', 'Excuse me.', 'One moment.', 'But', 'Well,', 'So,', 'And', 'Not now.', 'Help!',
  'No, thanks.', 'Yeah, but', 'Yes, on Monday.', 'Okay, stop.', 'Right now.', 'I see you.', 'I', 'That', 'All', 'Got', 'Oh no.',
  'Good morning.', 'Sure about that?', 'Four.', '4', 'Goodbye.', 'Okay, what about Tuesday?', 'Thank you, goodbye.', 'Ja.', 'Sí.',
]; // prettier-ignore

describe('the gist of what was said over the agent', () => {
  it.each(SIGNS)('%j is a sign of listening', (text) => {
    expect(gistOf(text)).toBe('backchannel');
  });

  it.each(WORDS)('%j are words', (text) => {
    expect(gistOf(text)).toBe('words');
  });

  it.each(['', ' ', '.', '...', '?!', '—', "'", '-'])('%j is nothing', (text) => {
    expect(gistOf(text)).toBe('nothing');
  });

  it('is a sign of listening for any row of signs, however it is written', () => {
    const separator = fc.constantFrom(' ', ', ', '. ', '... ', '! ', '? ', ' - ');
    const row = fc.array(fc.tuple(fc.constantFrom(...SIGNS), separator, fc.boolean()), {
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(row, (parts) => {
        const text = parts
          .map(([sign, after, loud]) => `${loud ? sign.toUpperCase() : sign}${after}`)
          .join('');
        expect(gistOf(text)).toBe('backchannel');
      }),
    );
  });

  it('is words as soon as one word is no sign, wherever it stands', () => {
    const signs = fc.array(fc.constantFrom(...SIGNS), { maxLength: 4 });
    const asking = fc.constantFrom('stop', 'wait', 'no', 'hello', 'what', 'Tuesday', 'seven', 'sorry');
    fc.assert(
      fc.property(signs, asking, signs, (before, word, after) => {
        expect(gistOf([...before, word, ...after].join(', '))).toBe('words');
      }),
    );
  });

  it('is known of any text at all, and depends on letters and digits alone', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 30 }), (text) => {
        const hasWord = /[\p{L}\p{N}]/u.test(text);
        expect(gistOf(text) === 'nothing').toBe(!hasWord);
      }),
    );
  });
});

describe('the gist of an unsure transcription', () => {
  it.each([
    ['No.', 0.9, 'words'],
    ['No.', LEAST_OVERLAP_CONFIDENCE, 'words'],
    ['No.', LEAST_OVERLAP_CONFIDENCE - 0.01, 'nothing'],
    ['No, no.', 0.3, 'nothing'],
    ['No, not that.', 0.3, 'nothing'],
    ['No, not that one.', 0.3, 'words'],
    ['Yeah.', 0.3, 'backchannel'],
    ['', 0, 'nothing'],
  ] as const)('%j at %d is %s', (text, confidence, gist) => {
    expect(overlapGist(text, confidence, false)).toBe(gist);
  });

  it.each(['Stop.', 'Wait!', 'Hold on.', 'Hello?'])('%j asks for the floor, so less is enough', (text) => {
    expect(overlapGist(text, LEAST_CALL_CONFIDENCE, false)).toBe('words');
    expect(overlapGist(text, LEAST_CALL_CONFIDENCE - 0.01, false)).toBe('nothing');
  });

  it('an answer to what was asked needs no more than a call', () => {
    expect(overlapGist('Mountain View.', LEAST_CALL_CONFIDENCE, true)).toBe('words');
    expect(overlapGist('Mountain View.', LEAST_CALL_CONFIDENCE, false)).toBe('nothing');
  });
});

describe('a hum', () => {
  it('is sounds and nothing else', () => {
    expect(['Mm-hmm.', 'Uh, uh,', 'M. M. H. M.', 'Oh.'].map(isHum)).toEqual([true, true, true, true]);
    expect(['', 'Yeah.', 'Oh, yes.', 'Him.'].map(isHum)).toEqual([false, false, false, false]);
  });
});

describe('phrases expected over the agent', () => {
  it('name signs of listening and their rivals, so that a swallowed "yep" is not the nearest other word', () => {
    const gists = new Set(OVERLAP_PHRASES.map(gistOf));
    expect(gists).toEqual(new Set(['backchannel', 'words']));
    for (const rival of ['no', 'stop', 'wait', 'hello']) expect(OVERLAP_PHRASES).toContain(rival);
  });

  it('come after what answers the question, each once', () => {
    const phrases = overlapPhrases(['Yes', 'no', 'maybe']);
    expect(phrases.slice(0, 3)).toEqual(['Yes', 'no', 'maybe']);
    const lower = phrases.map((phrase) => phrase.toLowerCase());
    expect(new Set(lower).size).toBe(lower.length);
    expect(lower).toContain('mm-hmm');
  });
});
