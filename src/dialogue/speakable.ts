// Text as a language model writes it, made fit for a voice: no markup, no addresses, no pictures, numbers as people say them. Pure.
import { spokenDay, spokenNumber, spokenPhoneNumber, spokenTime } from './spoken.ts';

/** Numbers of this many digits and more are read digit by digit: account numbers, codes. */
const DIGIT_BY_DIGIT = 5;
const PICTURES = /[\p{Extended_Pictographic}\u{1F3FB}-\u{1F3FF}\u{200D}\u{20E3}\u{FE0E}\u{FE0F}]/gu;
/** How lists are marked at the beginning of a line. */
const BULLET = /^\s*(?:[-*+\u2022\u2013]|\(?\d{1,2}[.)])\s+/;

/**
 * Line ends become ends of sentences while the text is still coming, so that the items of a list are clauses of their own.
 * Takes pieces of any size; what they come to does not depend on where they are cut.
 */
export interface LineJoiner {
  push(delta: string): string;
}

export function createLineJoiner(): LineJoiner {
  let last = '';
  let broken = false;
  return {
    push(delta) {
      let out = '';
      for (const char of delta) {
        if (char === '\n' || char === '\r') {
          broken = true;
          continue;
        }
        if (broken && /\s/.test(char)) continue;
        if (broken) {
          out += last === '' || /[.!?,;:\s]/.test(last) ? '\n' : '.\n';
          broken = false;
        }
        out += char;
        if (!/\s/.test(char)) last = char;
      }
      return out;
    },
  };
}

/** Empty where nothing of the text can be said. */
export function speakable(clause: string): string {
  const lines = clause.split('\n').map((line) => line.replace(BULLET, ''));
  const plain = withoutMarkup(lines.join(' '));
  return withSpokenNumbers(plain)
    .replace(/\s+([.,!?;:])/g, '$1')
    .replace(/([.,!?;:])\1+/g, '$1')
    .replace(/\s+/g, ' ')
    .trim();
}

function withoutMarkup(text: string): string {
  return (
    text
      // ![alt](url) and [text](url)
      .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
      .replace(/```[a-z]*|`/gi, '')
      .replace(/<\/?[a-z][^>]*>/gi, ' ')
      .replace(/\b(?:https?:\/\/|www\.)[^\s)>\]]+/gi, (url) => spokenAddress(url))
      .replace(/\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g, (mail) => spokenMail(mail))
      .replace(/^\s*#{1,6}\s+/g, '')
      .replace(/^\s*>\s?/g, '')
      .replace(/\*{1,3}|_{2,3}|~~|\|/g, ' ')
      .replace(/(^|\s)_([^_]+)_(?=\W|$)/g, '$1$2')
      .replace(PICTURES, '')
      .replace(/[()[\]{}"\u201c\u201d]/g, ' ')
      .replace(/\s*[\u2013\u2014]\s*/g, ', ')
      .replace(/\s&\s/g, ' and ')
      .replace(/\u2026|\.{3}/g, '.')
  );
}

/** "www.example.com/hours" is said as "example dot com". */
function spokenAddress(url: string): string {
  const trailing = /[.,!?;:]+$/.exec(url)?.[0] ?? '';
  const host = url.replace(/^https?:\/\//i, '').replace(/^www\./i, '');
  const name = /^[\w.-]*\w/.exec(host)?.[0] ?? '';
  return name.replaceAll('.', ' dot ') + trailing;
}

const spokenMail = (mail: string): string => mail.replace('@', ' at ').replaceAll('.', ' dot ');

const CURRENCIES: Readonly<Record<string, readonly [string, string]>> = {
  $: ['dollar', 'cent'],
  '\u20ac': ['euro', 'cent'],
  '\u00a3': ['pound', 'penny'],
};

function withSpokenNumbers(text: string): string {
  return text
    .replace(
      /([$\u20ac\u00a3])\s?(\d[\d,]*)(?:\.(\d\d))?/g,
      (_all, sign: string, whole: string, part?: string) =>
        spokenMoney(sign, Number(whole.replaceAll(',', '')), part === undefined ? 0 : Number(part)),
    )
    .replace(/\b(\d{4}-\d\d-\d\d)T(\d\d:[0-5]\d)(?::\d\d)?(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?/g, '$1 at $2')
    .replace(/\b(\d{4})-(\d\d)-(\d\d)\b/g, (all, year: string, month: string, day: string) =>
      Number(month) > 12 ? all : spokenDay({ year: Number(year), month: Number(month), day: Number(day) }),
    )
    .replace(
      /\b(\d{1,2}):([0-5]\d)(?:\s?([ap])\.?m\b\.?)?/gi,
      (all, hour: string, minute: string, half?: string) =>
        spokenClock(all, Number(hour), Number(minute), half),
    )
    .replace(/\b(\d{1,2})\s?([ap])\.?m\b\.?/gi, (all, hour: string, half: string) =>
      spokenClock(all, Number(hour), 0, half),
    )
    .replace(/(\d)\s?%/g, '$1 percent')
    .replace(/\+?\d(?:[\d .-]{5,}\d)/g, (run) => spokenRun(run))
    .replace(/\b\d{1,3}(?:,\d{3})+\b/g, (number) => spokenNumber(Number(number.replaceAll(',', ''))))
    .replace(/\d{5,}/g, (digits) => spokenPhoneNumber(digits));
}

function spokenMoney(sign: string, whole: number, part: number): string {
  const [one = '', small = ''] = CURRENCIES[sign] ?? [];
  const wholeWords = `${spokenNumber(whole)} ${one}${whole === 1 ? '' : 's'}`;
  if (part === 0) return wholeWords;
  const many = small === 'penny' ? 'pence' : `${small}s`;
  const partWords = `${spokenNumber(part)} ${part === 1 ? small : many}`;
  return whole === 0 ? partWords : `${wholeWords} and ${partWords}`;
}

function spokenClock(all: string, hour: number, minute: number, half: string | undefined): string {
  if (hour > 23 || (half !== undefined && (hour === 0 || hour > 12))) return all;
  if (half === undefined) return spokenTime(hour, minute);
  const isAfternoon = half.toLowerCase() === 'p';
  return spokenTime((hour % 12) + (isAfternoon ? 12 : 0), minute);
}

/** Telephone numbers as they are written, and long rows of digits; decimals and short numbers stay. */
function spokenRun(run: string): string {
  const digits = run.replace(/\D/g, '');
  if (digits.length < DIGIT_BY_DIGIT + 2 && !/^\d+$/.test(run)) return run;
  if (/^\d+\.\d+$/.test(run)) return run;
  return spokenPhoneNumber((run.startsWith('+') ? '+' : '') + digits);
}
