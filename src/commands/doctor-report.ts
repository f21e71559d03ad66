// What the doctor found, what follows from it, and how it is printed.
import type { LaneName } from '../inference/host.ts';
import type { ModelReport } from '../inference/messages.ts';
import type { LaneCheck, WorkingLane } from './doctor-lanes.ts';
import type { ModelCheck } from './doctor-models.ts';

export interface Machine {
  readonly node: string;
  readonly system: string;
  readonly processor: string;
  readonly cores: number;
  readonly memoryMb: number;
  readonly freeMemoryMb: number;
  /** Null where the system does not list them. */
  readonly instructions: readonly string[] | null;
}

export interface Runtime {
  readonly onnxRuntime: string;
  /** What keeps models from a GPU; null when its provider library and a device are there. */
  readonly cudaObstacle: string | null;
}

export interface Cache {
  readonly folder: string | null;
  readonly graphs: number;
  readonly megabytes: number;
}

export interface Settings {
  readonly device: string;
  readonly calls: number;
  readonly vadSlots: number;
  readonly sttProcesses: number;
  readonly sttThreads: number;
  readonly voices: readonly string[];
  /** An estimate for that many calls. */
  readonly memoryNeedMb: number;
}

/** `broken`: calls cannot be served; `weak`: they can, worse than they could; `hint`: good to know. */
export interface Finding {
  readonly level: 'broken' | 'weak' | 'hint';
  readonly text: string;
}

export interface DoctorReport {
  readonly machine: Machine;
  readonly runtime: Runtime;
  readonly cache: Cache;
  readonly settings: Settings;
  readonly lanes: readonly LaneCheck[];
  /** Language models that agents name; none where no agent does. */
  readonly models: readonly ModelCheck[];
  readonly findings: readonly Finding[];
  readonly healthy: boolean;
}

export type Examined = Omit<DoctorReport, 'findings' | 'healthy'>;

/** A verdict must come before the next window does; an answer should begin within a second; so should a first clause. */
const INFERENCE_LIMIT_MS: Readonly<Record<LaneName, number>> = { vad: 32, stt: 1_000, tts: 500 };

/** `environment` holds what is missing or wrong there, a line each. */
export function report(examined: Examined, environment: readonly Finding[]): DoctorReport {
  const findings = [
    ...machineFindings(examined),
    ...examined.lanes.flatMap(laneFindings),
    ...modelFindings(examined.models),
    ...environment,
  ];
  const healthy = !findings.some(({ level }) => level === 'broken');
  return { ...examined, findings, healthy };
}

/** An answer should begin within the time that an agent waits for its first word. */
const SLOW_WORD_MS = 1_000;

const modelFindings = (checks: readonly ModelCheck[]): readonly Finding[] =>
  checks.flatMap(({ agent, model, firstTokenMs, fault }): Finding[] => {
    if (fault !== null) {
      const text = model === '' ? fault : `agent ${agent}: the language model ${model}: ${fault}`;
      return [{ level: 'broken', text }];
    }
    if (firstTokenMs === null || firstTokenMs < SLOW_WORD_MS) return [];
    const text = `agent ${agent}: ${model} takes ${firstTokenMs} ms to its first word: a nearer or smaller model is heard sooner`;
    return [{ level: 'weak', text }];
  });

function machineFindings({ machine, settings, cache }: Examined): readonly Finding[] {
  const findings: Finding[] = [];
  const { cores, instructions, memoryMb, freeMemoryMb } = machine;
  const need = settings.memoryNeedMb;
  if (cores < 2)
    findings.push({
      level: 'weak',
      text: 'one core: sockets and models take turns on it; give it two or more',
    });
  if (instructions?.includes('sse4_2') === true && !instructions.includes('avx2')) {
    findings.push({
      level: 'weak',
      text: 'no AVX2: models run several times slower; use a processor that has it',
    });
  } else if (instructions?.includes('avx2') === true && !instructions.some((one) => one.includes('vnni'))) {
    findings.push({ level: 'hint', text: 'no VNNI: a processor with it multiplies 8-bit matrices faster' });
  }
  if (need > memoryMb) {
    const text = `${settings.calls} calls need about ${need} MB and there are ${memoryMb}: lower server.maxCalls`;
    findings.push({ level: 'broken', text });
  } else if (need > freeMemoryMb) {
    const text = `${settings.calls} calls need about ${need} MB and ${freeMemoryMb} are free: end other programs or lower server.maxCalls`;
    findings.push({ level: 'weak', text });
  }
  if (cache.folder === null)
    findings.push({
      level: 'hint',
      text: 'inference.cacheFolder is off: every start optimizes the models again',
    });
  return findings;
}

function laneFindings(check: LaneCheck): readonly Finding[] {
  if (!check.ok) return [{ level: 'broken', text: `the ${check.lane} lane does not start: ${check.error}` }];
  const { lane, inferenceMs, models } = check;
  const notes = new Map(models.flatMap((model) => model.notes).map(({ text, level }) => [text, level]));
  const findings = [...notes].map(([text, level]): Finding => ({
    level: level === 'warn' ? 'weak' : 'hint',
    text,
  }));
  const limit = INFERENCE_LIMIT_MS[lane];
  if (inferenceMs <= limit) return findings;
  const slow = `the ${lane} lane took ${inferenceMs.toFixed(0)} ms where ${limit} is the limit: end other programs, or use a faster processor`;
  return [...findings, { level: 'weak', text: slow }];
}

export function printReport(result: DoctorReport, print: (line: string) => void): void {
  for (const [name, value] of overview(result)) print(`${name.padEnd(16)}${value}`);
  print('');
  printTable(
    [
      ['model', 'runs on', 'graph', 'loaded in'],
      ...result.lanes
        .filter(isWorking)
        .flatMap(({ models }) => models)
        .map((model) => [modelName(model), model.device, model.graph, `${model.loadMs.toFixed(0)} ms`]),
    ],
    print,
  );
  print('');
  printTable([['lane', 'load', 'warm-up', 'memory', 'one request'], ...result.lanes.map(laneRow)], print);
  if (result.models.length > 0) {
    print('');
    printTable(
      [
        ['language model', 'agent', 'first word'],
        ...result.models.map(({ model, agent, firstTokenMs }) => [
          model,
          agent,
          firstTokenMs === null ? 'none' : `${firstTokenMs} ms`,
        ]),
      ],
      print,
    );
  }
  print('');
  for (const { level, text } of result.findings) print(`${level.toUpperCase().padEnd(8)}${text}`);
  print(result.healthy ? 'Healthy.' : 'Something is broken: see above.');
}

function overview({
  machine,
  runtime,
  cache,
  settings,
}: DoctorReport): readonly (readonly [string, string])[] {
  const { graphs, megabytes } = cache;
  const instructions = machine.instructions?.join(' ') ?? 'not told by this system';
  return [
    ['Node', machine.node],
    ['System', machine.system],
    ['Processor', `${machine.processor}, ${machine.cores} cores`],
    ['Instructions', instructions === '' ? 'none that matter here' : instructions],
    ['Memory', `${machine.memoryMb} MB, ${machine.freeMemoryMb} MB free`],
    ['ONNX Runtime', runtime.onnxRuntime],
    ['CUDA', runtime.cudaObstacle ?? 'provider library and NVIDIA device are there'],
    ['Graph cache', cache.folder === null ? 'off' : `${cache.folder}: ${graphs} graphs, ${megabytes} MB`],
    ['Device', `${settings.device} for speech to text; voice activity and speech are on the CPU by design`],
    ['Speech to text', `processes: ${settings.sttProcesses}, threads of each: ${settings.sttThreads}`],
    [
      'Calls',
      `${settings.calls}, which need about ${settings.memoryNeedMb} MB; detector slots: ${settings.vadSlots}`,
    ],
    ['Voices', settings.voices.join(', ')],
  ];
}

const isWorking = (check: LaneCheck): check is WorkingLane => check.ok;

const modelName = ({ model, transform }: ModelReport): string =>
  transform === null ? model : `${model} (${transform})`;

function laneRow(check: LaneCheck): readonly string[] {
  if (!check.ok) return [check.lane, 'broken'];
  const { lane, loadMs, warmupMs, inferenceMs, inference, memoryMb } = check;
  const memory = `${memoryMb} MB`;
  const request = `${inferenceMs.toFixed(inferenceMs < 10 ? 1 : 0)} ms, ${inference}`;
  return [lane, `${loadMs.toFixed(0)} ms`, `${warmupMs.toFixed(0)} ms`, memory, request];
}

/** Columns as wide as their widest cell; the last is left as it is. */
function printTable(rows: readonly (readonly string[])[], print: (line: string) => void): void {
  const widths = rows.reduce<number[]>(
    (widest, row) => row.map((cell, column) => Math.max(widest[column] ?? 0, cell.length)),
    [],
  );
  for (const row of rows) {
    const cells = row.map((cell, column) =>
      column === row.length - 1 ? cell : cell.padEnd((widths[column] ?? 0) + 2),
    );
    print(cells.join(''));
  }
}
