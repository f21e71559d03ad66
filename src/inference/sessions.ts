// The one place that opens an ONNX Runtime session: on which device, from which file, with which graph.
import { readFile, rm } from 'node:fs/promises';
import { InferenceSession } from 'onnxruntime-node';
import {
  cudaFailure,
  cudaObstacle,
  localCudaParts,
  type CudaParts,
  type Device,
  type DeviceSetting,
} from './device.ts';
import { GraphCache, type GraphIdentity } from './graph-cache.ts';
import type { GraphOrigin, ModelNote, ModelReport } from './messages.ts';
import { MODEL_FILES, verifiedModelFile, type ModelFileName } from './model-files.ts';
import { readProcessor } from './processor.ts';
import { ONNX_RUNTIME_VERSION } from './runtime-version.ts';
import { SetupError } from './setup-error.ts';

/** Rewrites a model's bytes before they are loaded. */
export interface GraphTransform {
  /** Part of the cache's key: another rewrite needs another name. Letters, digits and hyphens. */
  readonly name: string;
  apply(bytes: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

export interface SessionRequest {
  readonly model: ModelFileName;
  readonly device: DeviceSetting;
  /** Of one run. */
  readonly threads: number;
  /** Where optimized graphs are kept; null optimizes at every start. */
  readonly cacheFolder: string | null;
  /** ONNX Runtime's session configuration, by its whole keys, e.g. `session.disable_quant_qdq`. */
  readonly configuration?: Readonly<Record<string, string>>;
  readonly transform?: GraphTransform;
}

export interface OpenedSession {
  readonly session: InferenceSession;
  readonly report: ModelReport;
}

/** A session that stores its graph warns that the graph fits this processor alone; the cache's key sees to that. */
const ERRORS_ONLY = 3;
/** Lanes share the cores, so a thread that waits for work must not spin on one. */
const QUIET_THREADS = { 'session.intra_op.allow_spinning': '0' };
/**
 * Reads the stored graph through a memory map, and its weights in place: measured with Moonshine's decoder, 96 MB on disk,
 * 190 ms instead of 470 ms, and processes with the same model share the pages.
 */
const MAPPED = {
  'session.load_model_format': 'ORT',
  'session.use_memory_mapped_ort_model': '1',
  'session.use_ort_model_bytes_for_initializers': '1',
};

/** @throws SetupError when the model is missing or broken, or `device` is `cuda` and that cannot be. */
export async function openSession(
  request: SessionRequest,
  cuda: CudaParts = localCudaParts(),
): Promise<OpenedSession> {
  const begun = performance.now();
  const notes: ModelNote[] = [];
  const path = await verifiedModelFile(request.model);
  const onCuda = await openOnCuda(request, path, cuda, notes);
  const opened: Opened =
    onCuda === null
      ? { device: 'cpu', ...(await openOnCpu(request, path, notes)) }
      : { device: 'cuda', graph: 'uncached', session: onCuda };
  const { session, device, graph } = opened;
  const { model, transform } = request;
  const loadMs = performance.now() - begun;
  return { session, report: { model, transform: transform?.name ?? null, device, graph, loadMs, notes } };
}

interface Opened {
  readonly session: InferenceSession;
  readonly device: Device;
  readonly graph: GraphOrigin;
}

/** Null when the model is to run on the CPU. */
async function openOnCuda(
  request: SessionRequest,
  path: string,
  cuda: CudaParts,
  notes: ModelNote[],
): Promise<InferenceSession | null> {
  if (request.device === 'cpu') return null;
  const { name } = MODEL_FILES[request.model];
  let obstacle = cudaObstacle(cuda);
  // Not having a GPU is no fault; having one that cannot be used is.
  const level = obstacle === null ? 'warn' : 'info';
  if (obstacle === null) {
    try {
      return await create(await source(request, path), {
        ...optionsOf(request, { 'session.disable_cpu_ep_fallback': '1' }),
        executionProviders: ['cuda'],
      });
    } catch (error) {
      obstacle = cudaFailure(error, cuda);
    }
  }
  if (request.device === 'cuda') {
    throw new SetupError(
      'device-unavailable',
      `inference.device: found cuda, but the ${name} cannot run there: ${obstacle}; or set inference.device to auto or cpu`,
    );
  }
  notes.push({ level, text: `the ${name} runs on the CPU: ${obstacle}` });
  return null;
}

async function openOnCpu(
  request: SessionRequest,
  path: string,
  notes: ModelNote[],
): Promise<Omit<Opened, 'device'>> {
  const { cacheFolder } = request;
  if (cacheFolder !== null) {
    const cache = new GraphCache(cacheFolder, (text) => notes.push({ level: 'warn', text }));
    try {
      return await openThroughCache(request, path, cache);
    } catch (error) {
      notes.push({ level: 'warn', text: `graphs are not cached in ${cacheFolder}: ${wordsOf(error)}` });
    }
  }
  return { session: await create(await source(request, path), optionsOf(request)), graph: 'uncached' };
}

/**
 * The session in use is read from the cache even when its graph has just been built: it holds 70 MB less than the one that
 * optimized, and the entry has shown that it can be read. @throws when the folder cannot be used, or the model not be loaded.
 */
async function openThroughCache(
  request: SessionRequest,
  path: string,
  cache: GraphCache,
): Promise<Omit<Opened, 'device'>> {
  const options = { ...optionsOf(request, MAPPED), graphOptimizationLevel: 'disabled' } as const;
  const identity = identityOf(request);
  const cached = await cache.find(identity);
  if (cached !== null) {
    try {
      return { session: await create(cached, options), graph: 'cached' };
    } catch (error) {
      await cache.discard(cached, wordsOf(error));
    }
  }
  const unfinished = await cache.unfinished(identity);
  try {
    const optimizing = await create(await source(request, path), {
      ...optionsOf(request, { 'session.save_model_format': 'ORT' }),
      optimizedModelFilePath: unfinished,
      logSeverityLevel: ERRORS_ONLY,
    });
    await optimizing.release();
    return { session: await create(await cache.store(identity, unfinished), options), graph: 'built' };
  } finally {
    await rm(unfinished, { force: true }).catch(() => undefined);
  }
}

async function source({ transform }: SessionRequest, path: string): Promise<string | Uint8Array> {
  return transform === undefined ? path : transform.apply(await readFile(path));
}

/** The library has one signature for a path and one for bytes. */
function create(
  model: string | Uint8Array,
  options: InferenceSession.SessionOptions,
): Promise<InferenceSession> {
  return typeof model === 'string'
    ? InferenceSession.create(model, options)
    : InferenceSession.create(model, options);
}

function optionsOf(
  { threads, configuration }: SessionRequest,
  more: Readonly<Record<string, string>> = {},
): InferenceSession.SessionOptions {
  return {
    executionProviders: ['cpu'],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
    // Without the arena a decoder step takes four times as long.
    enableCpuMemArena: true,
    extra: { ...QUIET_THREADS, ...configuration, ...more },
  };
}

/** Everything that the optimizer looks at; the number of threads is not. */
function identityOf({ model, transform, configuration }: SessionRequest): GraphIdentity {
  const rewrite = transform === undefined ? [] : [transform.name];
  return {
    name: [model, ...rewrite].join('-'),
    dependsOn: {
      model: MODEL_FILES[model].sha256,
      // The stored form is its own.
      runtime: ONNX_RUNTIME_VERSION,
      processor: readProcessor(),
      configuration: Object.entries({ ...configuration }).sort(([a], [b]) => (a < b ? -1 : 1)),
    },
  };
}

const wordsOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, ' ').trim();
