// WAV files laid out by hand: every format, odd chunks, cut-off and streamed files, and what is refused.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeWav, interleave, parseWav, wavHeader } from '../../src/audio/wav.ts';

const ascii = (text: string): number[] => Array.from(text, (letter) => letter.charCodeAt(0));
const u16 = (value: number): number[] => [value & 255, (value >> 8) & 255];
const u32 = (value: number): number[] => [...u16(value & 0xffff), ...u16(value >>> 16)];

const chunk = (name: string, body: number[], size = body.length): number[] => [
  ...ascii(name),
  ...u32(size),
  ...body,
  ...(body.length % 2 === 1 ? [0] : []),
];

interface Layout {
  readonly tag?: number;
  readonly channels?: number;
  readonly rate?: number;
  readonly bits?: number;
  readonly block?: number;
  readonly extra?: number[];
}

function format({ tag = 1, channels = 1, rate = 8000, bits = 16, block, extra = [] }: Layout): number[] {
  const frame = block ?? (channels * bits) / 8;
  return chunk('fmt ', [
    ...[...u16(tag), ...u16(channels), ...u32(rate), ...u32(rate * frame), ...u16(frame), ...u16(bits)],
    ...extra,
  ]);
}

function wav(chunks: number[][], outerSize?: number): Uint8Array {
  const body = [...ascii('WAVE'), ...chunks.flat()];
  return Uint8Array.from([...ascii('RIFF'), ...u32(outerSize ?? body.length), ...body]);
}

const floats = (...values: number[]): number[] => [...new Uint8Array(Float32Array.from(values).buffer)];

function read(bytes: Uint8Array): { rate: number; channels: number[][] } {
  const result = parseWav(bytes);
  if (!result.ok) throw new Error(`${result.code}: ${result.message}`);
  return { rate: result.rate, channels: result.channels.map((channel) => [...channel]) };
}

describe('parseWav reads', () => {
  it.each<[string, Layout, number[], number[]]>([
    ['8-bit', { bits: 8 }, [0, 128, 255], [-32_768, 0, 32_512]],
    ['16-bit', {}, [0, 0x80, 0xff, 0xff, 0xff, 0x7f], [-32_768, -1, 32_767]],
    ['24-bit', { bits: 24 }, [0xff, 0x34, 0x12, 0, 0xff, 0xff], [0x1234, -1]],
    ['32-bit', { bits: 32 }, [0xff, 0xff, 0x34, 0x12, 0, 0, 0, 0x80], [0x1234, -32_768]],
    ['float', { tag: 3, bits: 32 }, floats(0, 0.5, -1, 2, NaN), [0, 16_384, -32_768, 32_767, 0]],
    ['A-law', { tag: 6, bits: 8 }, [0xd5, 0x55, 0xaa], [8, -8, 32_256]],
    ['mu-law', { tag: 7, bits: 8 }, [0xff, 0x80, 0x00], [0, 32_124, -32_124]],
  ])('%s samples', (_, layout, data, samples) => {
    expect(read(wav([format(layout), chunk('data', data)]))).toEqual({ rate: 8000, channels: [samples] });
  });

  it('an extensible header, whose real format is in its GUID', () => {
    const guid = [...u16(7), ...u16(0), 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];
    const extra = [...u16(22), ...u16(8), ...u32(4), ...guid];
    const file = wav([format({ tag: 0xfffe, bits: 8, extra }), chunk('data', [0xff, 0x00])]);
    expect(read(file).channels).toEqual([[0, -32_124]]);
  });

  it('several channels apart, and drops half a frame at the end', () => {
    const data = [...u16(1), ...u16(101), ...u16(2), ...u16(102), ...u16(3)];
    const file = wav([format({ channels: 2, rate: 44_100 }), chunk('data', data)]);
    expect(read(file)).toEqual({
      rate: 44_100,
      channels: [
        [1, 2],
        [101, 102],
      ],
    });
  });

  it('past chunks that it does not know, padded where their length is odd', () => {
    const file = wav([
      chunk('LIST', ascii('INFOodd')),
      format({ extra: u16(0) }),
      chunk('fact', u32(2)),
      chunk('junk', []),
      chunk('data', [...u16(7), ...u16(8)]),
      chunk('LIST', ascii('tail')),
    ]);
    expect(read(file).channels).toEqual([[7, 8]]);
  });

  it('what is there of a cut-off file', () => {
    const file = wav([format({}), chunk('data', [...u16(7), ...u16(8), 9], 64_000)]);
    expect(read(file).channels).toEqual([[7, 8, 9]]);
    expect(read(file.subarray(0, 47)).channels).toEqual([[7]]);
    expect(read(file.subarray(0, 44)).channels).toEqual([[]]);
  });

  it.each([
    ['both sizes all ones', 0xffff_ffff, 0xffff_ffff],
    ['both sizes zero', 0, 0],
    ['data size zero, outer size all ones', 0xffff_ffff, 0],
    ['data size all ones', 36, 0xffff_ffff],
    ['data size zero, outer size of an empty file', 36, 0],
  ])('a streamed file to its end: %s', (_, outer, size) => {
    expect(read(wav([format({}), chunk('data', [...u16(7), ...u16(8)], size)], outer)).channels).toEqual([
      [7, 8],
    ]);
  });

  it('an empty file as empty, even with a chunk behind its data', () => {
    expect(read(wav([format({}), chunk('data', [])])).channels).toEqual([[]]);
    expect(read(wav([format({}), chunk('data', []), chunk('LIST', ascii('tail'))])).channels).toEqual([[]]);
  });

  it('a file that lies inside a larger buffer, at an odd address too', () => {
    const file = encodeWav([Int16Array.of(5, -6)], 8000);
    const larger = new Uint8Array(file.length + 7).fill(0xaa);
    larger.set(file, 3);
    expect(read(larger.subarray(3, 3 + file.length)).channels).toEqual([[5, -6]]);
  });
});

describe('parseWav refuses', () => {
  it.each<[string, Uint8Array, string]>([
    ['nothing', new Uint8Array(0), 'not-wav'],
    ['an MP3', Uint8Array.from([...ascii('ID3'), ...Array<number>(50).fill(0)]), 'not-wav'],
    [
      'a RIFF file that is no WAV',
      Uint8Array.from([...ascii('RIFF'), ...u32(4), ...ascii('AVI ')]),
      'not-wav',
    ],
    ['a file without format', wav([chunk('junk', [1, 2])]), 'no-format'],
    ['audio before the format', wav([chunk('data', u16(1)), format({})]), 'no-format'],
    ['a file without audio', wav([format({})]), 'no-data'],
    ['a chunk that reaches past the end', wav([format({}), chunk('junk', [], 900)]), 'no-data'],
    ['a short format', wav([chunk('fmt ', u16(1)), chunk('data', u16(1))]), 'bad-format'],
    ['no channels', wav([format({ channels: 0 }), chunk('data', u16(1))]), 'bad-format'],
    ['99 channels', wav([format({ channels: 99 }), chunk('data', u16(1))]), 'bad-format'],
    ['a rate of 0', wav([format({ rate: 0 }), chunk('data', u16(1))]), 'bad-format'],
    ['frames that do not fit', wav([format({ block: 3 }), chunk('data', u16(1))]), 'bad-format'],
    ['ADPCM', wav([format({ tag: 2, bits: 4, block: 1 }), chunk('data', u16(1))]), 'unsupported-format'],
    ['12-bit', wav([format({ bits: 12, block: 2 }), chunk('data', u16(1))]), 'unsupported-format'],
  ])('%s', (_, bytes, code) => {
    const result = parseWav(bytes);
    expect(result).toMatchObject({ ok: false, code });
    expect(!result.ok && result.message).toMatch(/\.$/);
  });

  it('no bytes at all by throwing: every prefix and every broken byte gives a result', () => {
    const file = encodeWav([Int16Array.of(1, 2, 3), Int16Array.of(4, 5, 6)], 16_000);
    fc.assert(
      fc.property(fc.nat(file.length), fc.nat(file.length - 1), fc.nat(255), (length, at, value) => {
        const broken = file.slice(0, length);
        if (at < length) broken[at] = value;
        const result = parseWav(broken);
        if (result.ok)
          expect(result.channels.every((c) => c.length === result.channels[0]!.length)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('encodeWav', () => {
  it('lays out the bytes as the format says', () => {
    expect(encodeWav([Int16Array.of(1, -2), Int16Array.of(3, 4)], 8000)).toEqual(
      wav([format({ channels: 2 }), chunk('data', [...u16(1), ...u16(3), ...u16(0xfffe), ...u16(4)])]),
    );
  });

  it('is read back as it was written, shorter channels filled with silence', () => {
    fc.assert(
      fc.property(
        fc.array(fc.int16Array({ maxLength: 50 }), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 192_000 }),
        (channels, rate) => {
          const longest = Math.max(...channels.map((channel) => channel.length));
          const padded = channels.map((channel) =>
            Array.from({ length: longest }, (_, n) => channel[n] ?? 0),
          );
          expect(read(encodeWav(channels, rate))).toEqual({ rate, channels: padded });
        },
      ),
    );
  });

  it('equals a header and pieces written one behind the other', () => {
    const left = Int16Array.from({ length: 90 }, (_, n) => n);
    const right = left.map((x) => -x);
    const pieces = [0, 30, 60].map((at) =>
      interleave([left.subarray(at, at + 30), right.subarray(at, at + 30)]),
    );
    const written = [wavHeader(2, 8000, 90), ...pieces].flatMap((piece) => [...piece]);
    expect(Uint8Array.from(written)).toEqual(encodeWav([left, right], 8000));
  });

  it.each([
    [0, 8000, 1],
    [33, 8000, 1],
    [1.5, 8000, 1],
    [1, 0, 1],
    [1, 8000.5, 1],
    [1, 8000, -1],
    [2, 8000, 2 ** 31],
  ])('refuses %d channels, %d Hz, %d frames', (channels, rate, frames) => {
    expect(() => wavHeader(channels, rate, frames)).toThrow(RangeError);
  });
});
