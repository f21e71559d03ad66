// Reads WAV files of the formats that telephones and recorders write, and writes 16-bit ones.
import alawmulaw from 'alawmulaw';

export type WavErrorCode = 'not-wav' | 'no-format' | 'bad-format' | 'unsupported-format' | 'no-data';

export type WavResult =
  | {
      readonly ok: true;
      /** Samples a second, as the file says. */
      readonly rate: number;
      /** One array per channel, all of one length, 16-bit linear whatever the file holds. */
      readonly channels: Int16Array[];
    }
  | { readonly ok: false; readonly code: WavErrorCode; readonly message: string };

const FORMAT_PCM = 1;
const FORMAT_FLOAT = 3;
const FORMAT_ALAW = 6;
const FORMAT_MULAW = 7;
const FORMAT_EXTENSIBLE = 0xfffe;
/** Where an extensible format chunk keeps the real format tag, the first two bytes of a GUID, and its length with it. */
const SUBFORMAT_AT = 24;
const EXTENSIBLE_BYTES = 40;
/** What a writer that cannot seek back leaves in a size field. */
const UNKNOWN_SIZE = 0xffff_ffff;
const MAX_CHANNELS = 32;
const HEADER_BYTES = 44;

interface WavFormat {
  readonly rate: number;
  readonly channels: number;
  readonly bytesPerSample: number;
  readonly decode: (data: DataView) => Int16Array;
}

/** The linear decoders by format tag and bits a sample; narrower than 16 bits is widened, wider ones lose the low bits. */
const DECODERS: Readonly<Record<string, (data: DataView) => Int16Array>> = {
  [`${FORMAT_PCM}/8`]: (data) => decodeEach(data, 1, (at) => (data.getUint8(at) - 128) << 8),
  [`${FORMAT_PCM}/16`]: (data) => decodeEach(data, 2, (at) => data.getInt16(at, true)),
  [`${FORMAT_PCM}/24`]: (data) => decodeEach(data, 3, (at) => data.getInt16(at + 1, true)),
  [`${FORMAT_PCM}/32`]: (data) => decodeEach(data, 4, (at) => data.getInt16(at + 2, true)),
  [`${FORMAT_FLOAT}/32`]: (data) => decodeEach(data, 4, (at) => floatToInt16(data.getFloat32(at, true))),
  [`${FORMAT_ALAW}/8`]: (data) => alawmulaw.alaw.decode(bytesOf(data)),
  [`${FORMAT_MULAW}/8`]: (data) => alawmulaw.mulaw.decode(bytesOf(data)),
};

/**
 * Reads a whole file: linear 8, 16, 24 and 32 bit, 32-bit float, A-law and mu-law, plain or extensible.
 * Unknown chunks are skipped. A cut-off file, or one whose sizes were never filled in, gives the audio that is there.
 */
export function parseWav(bytes: Uint8Array): WavResult {
  const file = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (file.byteLength < 12 || nameAt(file, 0) !== 'RIFF' || nameAt(file, 8) !== 'WAVE') {
    return failure('not-wav', 'The file does not begin with RIFF ... WAVE.');
  }
  let format: WavFormat | null = null;
  let at = 12;
  while (at + 8 <= file.byteLength) {
    const name = nameAt(file, at);
    const size = file.getUint32(at + 4, true);
    const body = at + 8;
    if (name === 'data') {
      if (format === null) return failure('no-format', 'The audio comes before its format chunk.');
      return readData(file, body, size, format);
    }
    if (name === 'fmt ') {
      const read = readFormat(chunk(file, body, size));
      if ('ok' in read) return read;
      format = read;
    }
    // Chunks begin at even positions: one of odd length has a padding byte that its size does not count.
    at = body + size + (size % 2);
  }
  return format === null
    ? failure('no-format', 'The file has no format chunk.')
    : failure('no-data', 'The file has no data chunk.');
}

/** Channels of different lengths are filled up with silence to the longest. */
export function encodeWav(channels: readonly Int16Array[], rate: number): Uint8Array {
  const body = interleave(channels);
  const frames = channels.length === 0 ? 0 : body.length / 2 / channels.length;
  const header = wavHeader(channels.length, rate, frames);
  const file = new Uint8Array(header.length + body.length);
  file.set(header);
  file.set(body, header.length);
  return file;
}

/** The data bytes of a 16-bit WAV: for a file that is written in pieces behind `wavHeader`. */
export function interleave(channels: readonly Int16Array[]): Uint8Array {
  const frames = channels.reduce((longest, channel) => Math.max(longest, channel.length), 0);
  const bytes = new Uint8Array(frames * channels.length * 2);
  const view = new DataView(bytes.buffer);
  channels.forEach((channel, index) => {
    for (let frame = 0; frame < channel.length; frame += 1) {
      view.setInt16((frame * channels.length + index) * 2, channel[frame] ?? 0, true);
    }
  });
  return bytes;
}

/**
 * The 44 bytes in front of 16-bit samples; one frame is one sample of each channel.
 * @throws RangeError without channels, with more than 32, with a rate that is no positive whole number, or past 4 GiB.
 */
export function wavHeader(channels: number, rate: number, frames: number): Uint8Array {
  const dataBytes = frames * channels * 2;
  if (!Number.isInteger(channels) || channels < 1 || channels > MAX_CHANNELS) {
    throw new RangeError(`A WAV file has 1 to ${MAX_CHANNELS} channels, not ${channels}.`);
  }
  if (!Number.isInteger(rate) || rate < 1) {
    throw new RangeError(`A WAV file's rate is a positive whole number, not ${rate}.`);
  }
  if (!Number.isInteger(frames) || frames < 0 || dataBytes + HEADER_BYTES > UNKNOWN_SIZE) {
    throw new RangeError(`A WAV file cannot hold ${frames} frames of ${channels} channels.`);
  }
  const header = new DataView(new ArrayBuffer(HEADER_BYTES));
  writeName(header, 0, 'RIFF');
  header.setUint32(4, HEADER_BYTES - 8 + dataBytes, true);
  writeName(header, 8, 'WAVE');
  writeName(header, 12, 'fmt ');
  header.setUint32(16, 16, true);
  header.setUint16(20, FORMAT_PCM, true);
  header.setUint16(22, channels, true);
  header.setUint32(24, rate, true);
  header.setUint32(28, rate * channels * 2, true);
  header.setUint16(32, channels * 2, true);
  header.setUint16(34, 16, true);
  writeName(header, 36, 'data');
  header.setUint32(40, dataBytes, true);
  return new Uint8Array(header.buffer);
}

function readFormat(body: DataView): WavFormat | (WavResult & { ok: false }) {
  if (body.byteLength < 16) return failure('bad-format', 'The format chunk is shorter than 16 bytes.');
  const channels = body.getUint16(2, true);
  const rate = body.getUint32(4, true);
  const blockBytes = body.getUint16(12, true);
  const bits = body.getUint16(14, true);
  let tag = body.getUint16(0, true);
  if (tag === FORMAT_EXTENSIBLE && body.byteLength >= EXTENSIBLE_BYTES) {
    tag = body.getUint16(SUBFORMAT_AT, true);
  }
  const decode = DECODERS[`${tag}/${bits}`];
  if (decode === undefined) {
    return failure('unsupported-format', `Format ${tag} with ${bits} bits a sample cannot be read.`);
  }
  if (channels < 1 || channels > MAX_CHANNELS || rate < 1 || blockBytes !== (channels * bits) / 8) {
    return failure('bad-format', `${channels} channels, ${rate} Hz, ${blockBytes} bytes a frame do not fit.`);
  }
  return { rate, channels, bytesPerSample: bits / 8, decode };
}

function readData(file: DataView, body: number, size: number, format: WavFormat): WavResult {
  // Zero means "not filled in" only where the outer size was not filled in either; otherwise the file is just empty.
  const outer = file.getUint32(4, true);
  const streamed = size === UNKNOWN_SIZE || (size === 0 && (outer === UNKNOWN_SIZE || outer + 8 <= body));
  const data = chunk(file, body, streamed ? file.byteLength : size);
  const frameBytes = format.bytesPerSample * format.channels;
  const whole = data.byteLength - (data.byteLength % frameBytes);
  const mixed = format.decode(new DataView(data.buffer, data.byteOffset, whole));
  return { ok: true, rate: format.rate, channels: separate(mixed, format.channels) };
}

function separate(mixed: Int16Array, count: number): Int16Array[] {
  if (count === 1) return [mixed];
  const frames = mixed.length / count;
  return Array.from({ length: count }, (_, channel) => {
    const samples = new Int16Array(frames);
    for (let frame = 0; frame < frames; frame += 1) samples[frame] = mixed[frame * count + channel] ?? 0;
    return samples;
  });
}

function decodeEach(data: DataView, bytesPerSample: number, read: (at: number) => number): Int16Array {
  const samples = new Int16Array(data.byteLength / bytesPerSample);
  for (let index = 0; index < samples.length; index += 1) samples[index] = read(index * bytesPerSample);
  return samples;
}

/** Full scale is 1.0; beyond it is clipped, and what is not a number is silence. */
function floatToInt16(value: number): number {
  return Number.isNaN(value) ? 0 : Math.max(-32768, Math.min(32767, Math.round(value * 32768)));
}

function chunk(file: DataView, at: number, size: number): DataView {
  return new DataView(file.buffer, file.byteOffset + at, Math.min(size, file.byteLength - at));
}

function bytesOf(data: DataView): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function nameAt(file: DataView, at: number): string {
  return String.fromCharCode(...bytesOf(chunk(file, at, 4)));
}

function writeName(file: DataView, at: number, name: string): void {
  for (let index = 0; index < name.length; index += 1) file.setUint8(at + index, name.charCodeAt(index));
}

function failure(code: WavErrorCode, message: string): WavResult & { ok: false } {
  return { ok: false, code, message };
}
