// Documents that would lie fail here: generated tables, and every path and command that the README names.
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { withTables } from '../../scripts/readme-tables.ts';

const readme = readFileSync('README.md', 'utf8');

describe('the README', () => {
  it('holds the tables that the code generates; `npm run docs` brings them up to date', async () => {
    await expect(withTables(readme)).toMatchFileSnapshot('../../README.md');
  });

  it('links only to files that exist', () => {
    const links = [...readme.matchAll(/\]\((?!https?:)([^)#]+)\)/gu)].map((match) => match[1] ?? '');
    expect(links.length).toBeGreaterThan(5);
    expect(links.filter((link) => !existsSync(link))).toEqual([]);
  });

  it('names only npm scripts that exist', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      scripts: Record<string, string>;
    };
    const named = [...readme.matchAll(/npm run ([a-z:-]+)/gu)].map((match) => match[1] ?? '');
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  it('shows its two commands on the first screen', () => {
    const screen = readme.split('\n').slice(0, 24).join('\n');
    expect(screen).toContain('npm ci && npm run demo');
    expect(screen).toContain('npm ci && npm test');
  });
});
