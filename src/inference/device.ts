// Says whether this machine can run models on an NVIDIA GPU, and what is missing when it cannot.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { dirname, join } from 'node:path';

export const DEVICES = ['auto', 'cpu', 'cuda'] as const;
/** What is asked for: `auto` is CUDA where it is usable and the CPU elsewhere. */
export type DeviceSetting = (typeof DEVICES)[number];
/** What a model really runs on. */
export type Device = 'cpu' | 'cuda';

export interface CudaParts {
  /** The folder of ONNX Runtime's libraries; the CUDA provider must lie beside them. */
  readonly runtimeFolder: string;
  /** Any of them shows that an NVIDIA driver is loaded and visible. */
  readonly deviceFiles: readonly string[];
}

const PROVIDER_LIBRARIES = ['libonnxruntime_providers_shared.so', 'libonnxruntime_providers_cuda.so'];
/** The driver's control device; on Windows' Linux, where that does not exist, the paravirtual one. */
const DEVICE_FILES = ['/dev/nvidiactl', '/dev/dxg'];
export const CUDA_LIBRARIES = 'CUDA 12.x and cuDNN 9.x';

export function localCudaParts(from: string | URL = import.meta.url): CudaParts {
  const main = createRequire(from).resolve('onnxruntime-node');
  const runtimeFolder = join(dirname(main), '..', 'bin', 'napi-v6', platform(), arch());
  return { runtimeFolder, deviceFiles: DEVICE_FILES };
}

/** What is missing and what to do about it; null when only trying can tell. */
export function cudaObstacle({ runtimeFolder, deviceFiles }: CudaParts): string | null {
  if (platform() !== 'linux' || arch() !== 'x64') {
    return `ONNX Runtime for Node has CUDA on linux/x64 only, this is ${platform()}/${arch()}`;
  }
  const missing = PROVIDER_LIBRARIES.find((library) => !existsSync(join(runtimeFolder, library)));
  if (missing !== undefined) {
    return (
      `${missing} is not installed: run "ONNXRUNTIME_NODE_INSTALL=true npm rebuild onnxruntime-node" ` +
      `and install ${CUDA_LIBRARIES}, or build the image with --target gpu`
    );
  }
  if (!deviceFiles.some((file) => existsSync(file))) {
    return `no NVIDIA device is visible: found none of ${deviceFiles.join(', ')}; install the driver, or start the container with --gpus all`;
  }
  return null;
}

/** Why a model's session could not be made on CUDA, from the words of ONNX Runtime. */
export function cudaFailure(error: unknown, { runtimeFolder }: CudaParts): string {
  const words = error instanceof Error ? error.message : String(error);
  if (words.includes('Failed to load shared library')) {
    const library = join(runtimeFolder, 'libonnxruntime_providers_cuda.so');
    return `its libraries cannot be loaded: install ${CUDA_LIBRARIES}; "ldd ${library}" names what is not found`;
  }
  if (words.includes('fallback to CPU EP has been explicitly disabled')) {
    return 'it has operators without a CUDA kernel, as dynamically quantized 8-bit models have';
  }
  return words.replaceAll(/\s+/g, ' ').trim();
}
