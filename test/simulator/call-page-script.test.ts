// The page's script, run against a stand-in for the browser: it draws, and its sound is the line's own mu-law.
import vm from 'node:vm';
import { describe, expect, it } from 'vitest';
import { encodeMulaw, decodeMulaw } from '../../src/audio/mulaw.ts';
import { mulaw8k, pcm } from '../../src/audio/units.ts';
import { parseWav } from '../../src/audio/wav.ts';
import { CALL_PAGE_SCRIPT } from '../../src/simulator/call-page-script.ts';

const DATA = {
  durationMs: 4_000,
  caller: [0, 50, 100],
  agent: [100, 0, 0],
  turns: [
    { startedMs: 0, spokenMs: 1_000, replyStartMs: 1_500, replyEndMs: 2_000, responseMs: 500 },
    { startedMs: 2_500, spokenMs: null, replyStartMs: null, replyEndMs: null, responseMs: null },
  ],
};

/** Runs the script; gives what it wrote on the canvas and the sound it made. */
function run(sound: string): { texts: string[]; rectangles: number[][]; blobs: Blob[] } {
  const texts: string[] = [];
  const rectangles: number[][] = [];
  const blobs: Blob[] = [];
  const listener = { addEventListener: () => undefined };
  const context = {
    scale: () => undefined,
    fillRect: (...sides: number[]) => rectangles.push(sides),
    fillText: (text: string) => texts.push(text),
  };
  const elements: Record<string, object> = {
    call: { textContent: JSON.stringify(DATA) },
    sound: { textContent: sound },
    wave: { style: {}, getContext: () => context, ...listener },
    scroll: { clientWidth: 800 },
    play: listener,
    clock: {},
  };
  vm.runInNewContext(CALL_PAGE_SCRIPT, {
    document: {
      getElementById: (id: string) => elements[id],
      documentElement: {},
      querySelectorAll: () => [],
    },
    window: { devicePixelRatio: 2, ...listener },
    matchMedia: () => listener,
    getComputedStyle: () => ({ getPropertyValue: () => '#000' }),
    URL: { createObjectURL: (blob: Blob) => blobs.push(blob) },
    Audio: class {
      addEventListener = () => undefined;
      currentTime = 0;
    },
    Blob,
    atob,
    DataView,
    ArrayBuffer,
  });
  return { texts, rectangles, blobs };
}

describe('the script of the call page', () => {
  it('marks every turn and every latency, inside the picture', () => {
    const { texts, rectangles } = run('');
    expect(texts).toEqual(['500 ms', '1', '2']);
    expect(rectangles.length).toBeGreaterThan(6);
    for (const [left = -1, top = -1, width = -1, height = -1] of rectangles) {
      expect(left).toBeGreaterThanOrEqual(0);
      expect(left + width).toBeLessThanOrEqual(800.01);
      expect(top + height).toBeLessThanOrEqual(190);
      expect(Math.min(width, height)).toBeGreaterThan(0);
    }
  });

  it('turns the embedded mu-law into the same samples as the line', async () => {
    const bytes = Uint8Array.from({ length: 512 }, (_, index) => index >> 1);
    const { blobs } = run(Buffer.from(bytes).toString('base64'));
    const wav = parseWav(new Uint8Array(await blobs[0]!.arrayBuffer()));
    if (!wav.ok) throw new Error(wav.message);
    const line = decodeMulaw(mulaw8k(Uint8Array.from({ length: 256 }, (_, index) => index))).samples;
    expect(wav.channels).toHaveLength(2);
    for (const side of wav.channels) {
      expect(Array.from(encodeMulaw(pcm(8000, side)))).toEqual(Array.from(encodeMulaw(pcm(8000, line))));
      expect(Array.from(side, Math.abs)).toEqual(Array.from(line, Math.abs));
    }
  });
});
