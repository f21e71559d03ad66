// Numbers and buffers that carry their unit or format in the type, and the conversions between them.

declare const brand: unique symbol;
type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** Milliseconds. On a call, the origin is the start of the call's media. */
export type Ms = Brand<number, 'Ms'>;
/** A count of audio samples. The rate is named by whoever holds it. */
export type Samples = Brand<number, 'Samples'>;
/** Sample rates that are read, written or spoken somewhere in the product. */
export type Hz = 8000 | 16000 | 22050 | 24000 | 44100;

/** One byte a sample, 8 kHz, ITU-T G.711 mu-law, no header: what the telephone line carries. */
export type Mulaw8k = Brand<Uint8Array, 'Mulaw8k'>;

/** Mono 16-bit linear audio of a declared rate. */
export interface Pcm<R extends Hz = Hz> {
  readonly rate: R;
  readonly samples: Int16Array;
}

/** Twilio sends and plays 8,000 samples a second; everything inside the server is at this rate. */
export const LINE_HZ = 8000;
/** One frame is 20 ms of audio, Twilio's usual packet. */
export const FRAME_SAMPLES = 160 as Samples;
export const FRAME_MS = 20 as Ms;

export const ms = (value: number): Ms => value as Ms;
export const samples = (value: number): Samples => value as Samples;
export const mulaw8k = (bytes: Uint8Array): Mulaw8k => bytes as Mulaw8k;
export const pcm = <R extends Hz>(rate: R, values: Int16Array): Pcm<R> => ({ rate, samples: values });

/** Exact at 8 kHz, where a sample is an eighth of a ms: times on the media clock can be compared. */
export const samplesToMs = (count: number, rate: Hz): Ms => ms((count * 1000) / rate);
export const msToSamples = (duration: number, rate: Hz): Samples =>
  samples(Math.round((duration / 1000) * rate));
