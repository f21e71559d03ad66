// The version of ONNX Runtime, without loading it.
import { createRequire } from 'node:module';

export const ONNX_RUNTIME_VERSION = (
  createRequire(import.meta.url)('onnxruntime-node/package.json') as { readonly version: string }
).version;
