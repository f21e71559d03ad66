// The README's generated tables: configuration from the schema, errors from their tables of outcomes.
import { describeConfig } from '../src/config/describe.ts';
import { PROBLEMS } from '../src/http/problem.ts';
import { REFUSALS } from '../src/ports/admission.ts';
import { CALL_ERROR_OUTCOMES } from '../src/ports/errors.ts';

/** The README's text with every generated section brought up to date. @throws Error for a missing section. */
export function withTables(readme: string): string {
  const tables = {
    configuration: describeConfig(),
    refusals: refusalTable(),
    errors: errorTable(),
    'HTTP errors': problemTable(),
  };
  return Object.entries(tables).reduce((text, [name, table]) => replaceSection(text, name, table), readme);
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
