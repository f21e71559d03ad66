// The README's generated tables: configuration from the schema, errors from their tables of outcomes.
import { describeConfig } from '../src/config/describe.ts';
import { PROBLEMS } from '../src/http/problem.ts';
import { REFUSALS } from '../src/ports/admission.ts';
import { DIAL_ERRORS, type DialErrorEffect } from '../src/ports/call-control.ts';
import { CALL_ERROR_OUTCOMES } from '../src/ports/errors.ts';
import { MODEL_ERRORS } from '../src/responders/llm/model-error.ts';

/** The README's text with every generated section brought up to date. @throws Error for a missing section. */
export function withTables(readme: string): string {
  const tables = {
    configuration: describeConfig(),
    refusals: refusalTable(),
    errors: errorTable(),
    'dialling errors': diallingTable(),
    'language-model errors': modelTable(),
    'HTTP errors': problemTable(),
  };
  return Object.entries(tables).reduce((text, [name, table]) => replaceSection(text, name, table), readme);
}

const EFFECTS: Readonly<Record<DialErrorEffect, string>> = {
  'contact-fails': 'this contact is given up',
  'campaign-pauses': 'the campaign is paused',
  'retry-later': 'tried again, more slowly',
  reconcile: 'Twilio is asked whether the call exists',
};

function diallingTable(): string {
  const rows = Object.entries(DIAL_ERRORS).map(([code, { meaning, twilio, effect }]) =>
    row([`\`${code}\``, meaning, twilio, EFFECTS[effect]]),
  );
  return [
    row(['code', 'meaning', 'from Twilio', 'what follows']),
    row(Array<string>(4).fill('---')),
    ...rows,
  ].join('\n');
}

function modelTable(): string {
  const rows = Object.entries(MODEL_ERRORS).map(([code, { meaning, retryable, restMs }]) =>
    row([`\`${code}\``, meaning, retryable ? 'yes' : 'no', restMs === 0 ? '-' : `${restMs / 1_000} s`]),
  );
  const head = row(['code', 'meaning', 'retry helps', 'asked last for']);
  return [head, row(Array<string>(4).fill('---')), ...rows].join('\n');
}

function problemTable(): string {
  const rows = Object.entries(PROBLEMS).map(([code, { status, message }]) =>
    row([`\`${code}\``, String(status), message]),
  );
  return [row(['code', 'status', 'message']), row(Array<string>(3).fill('---')), ...rows].join('\n');
}

function refusalTable(): string {
  const rows = Object.entries(REFUSALS).map(([reason, { meaning, until }]) =>
    row([`\`${reason}\``, meaning, until]),
  );
  return [row(['reason', 'meaning', 'until']), row(Array<string>(3).fill('---')), ...rows].join('\n');
}

function errorTable(): string {
  const rows = Object.entries(CALL_ERROR_OUTCOMES).map(([code, outcome]) =>
    row([
      `\`${code}\``,
      outcome.meaning,
      outcome.callerHears,
      outcome.retryable ? 'yes' : 'no',
      outcome.closeCode === null ? '-' : String(outcome.closeCode),
      outcome.logLevel,
    ]),
  );
  const head = row(['code', 'meaning', 'the caller hears', 'retry helps', 'close code', 'log level']);
  return [head, row(Array<string>(6).fill('---')), ...rows].join('\n');
}

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

function replaceSection(text: string, name: string, content: string): string {
  const pattern = new RegExp(`(<!-- generated: ${name} -->\n)[\\s\\S]*?(<!-- end -->)`, 'u');
  if (!pattern.test(text)) throw new Error(`README.md has no section "generated: ${name}"`);
  return text.replace(pattern, (_, open: string, close: string) => `${open}${content.trim()}\n${close}`);
}
