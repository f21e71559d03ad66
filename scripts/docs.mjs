// Writes the README's generated tables from the code: `node scripts/docs.mjs`; with --check it only compares.
import { readFileSync, writeFileSync } from 'node:fs';
import { describeConfig } from '../dist/config/describe.js';
import { CALL_ERROR_OUTCOMES } from '../dist/ports/errors.js';

const README = new URL('../README.md', import.meta.url);

function errorTable() {
  const rows = Object.entries(CALL_ERROR_OUTCOMES).map(
    ([code, { meaning, retryable, callerHears, logLevel, closeCode }]) =>
      `| \`${code}\` | ${meaning} | ${callerHears} | ${retryable ? 'yes' : 'no'} | ${closeCode ?? '-'} | ${logLevel} |`,
  );
  const head = '| code | meaning | the caller hears | retry helps | close code | log level |';
  return [head, '| --- | --- | --- | --- | --- | --- |', ...rows].join('\n');
}

function replaceSection(text, name, content) {
  const pattern = new RegExp(`(<!-- generated: ${name} -->\n)[\\s\\S]*?(<!-- end -->)`, 'u');
  if (!pattern.test(text)) throw new Error(`README.md has no section "generated: ${name}"`);
  return text.replace(pattern, (_, open, close) => `${open}${content.trim()}\n${close}`);
}

const before = readFileSync(README, 'utf8');
const after = replaceSection(
  replaceSection(before, 'configuration', describeConfig()),
  'errors',
  errorTable(),
);
if (!process.argv.includes('--check')) {
  writeFileSync(README, after);
} else if (before !== after) {
  process.stderr.write('README.md: generated tables are out of date; run `npm run docs`\n');
  process.exitCode = 1;
}
