// Serves one model on a lane's port: loads and warms it, then works off the messages one after the other.
import type { HostMessage, LaneModel, LanePort } from './messages.ts';
import type { InferenceSettings, LaneName } from './settings.ts';
import { SetupError } from './setup-error.ts';

type LoadModel = (lane: LaneName, settings: InferenceSettings) => Promise<LaneModel<never, unknown>>;

/**
 * Each message is done before the next is begun, so a reset lies between the windows that it was sent between.
 * `end` is called after `stop`, and after a failed start, when nothing more will be sent.
 */
export function serveLane(port: LanePort, load: LoadModel, end: () => void): void {
  let model: LaneModel<never, unknown> | null = null;
  let last = Promise.resolve();

  const handle = async (message: HostMessage): Promise<void> => {
    switch (message.type) {
      case 'start':
        model = await start(port, () => load(message.lane, message.settings));
        if (model === null) end();
        return;
      case 'run':
        await run(port, model, message);
        return;
      case 'reset':
      case 'release':
        model?.forget(message.slot);
        return;
      case 'ping':
        port.send({ type: 'pong', memoryMb: port.memoryMb() });
        return;
      case 'stop':
        await model?.release();
        end();
    }
  };
  port.onMessage((message) => {
    last = last.then(() => handle(message));
  });
}

async function start(
  port: LanePort,
  load: () => Promise<LaneModel<never, unknown>>,
): Promise<LaneModel<never, unknown> | null> {
  try {
    const begun = performance.now();
    const model = await load();
    const loadMs = performance.now() - begun;
    const warmup = await model.warmUp();
    port.send({ type: 'ready', loadMs, models: model.models, warmup, memoryMb: port.memoryMb() });
    return model;
  } catch (error) {
    const fault = error instanceof SetupError ? error.fault : null;
    port.send({ type: 'start-failed', fault, message: messageOf(error) });
    return null;
  }
}

async function run(
  port: LanePort,
  model: LaneModel<never, unknown> | null,
  message: { readonly id: number; readonly job: unknown },
): Promise<void> {
  const { id } = message;
  if (model === null) {
    port.send({ type: 'run-failed', id, message: 'The lane has no model.' });
    return;
  }
  const begun = performance.now();
  try {
    const result = await model.run(message.job as never);
    port.send({ type: 'result', id, result, inferMs: performance.now() - begun });
  } catch (error) {
    port.send({ type: 'run-failed', id, message: messageOf(error) });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
