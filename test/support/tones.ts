// Test signals with known content, and how much of a tone a signal holds.

/** A sine of `count` samples, rounded to 16 bits. */
export function sine(hz: number, rate: number, count: number, amplitude = 16_000): Int16Array {
  return Int16Array.from({ length: count }, (_, n) =>
    Math.round(amplitude * Math.sin((2 * Math.PI * hz * n) / rate)),
  );
}

/** White noise from a small seeded generator, the same every time. */
export function noise(count: number, amplitude: number, seed = 1): Int16Array {
  let state = seed;
  return Int16Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.round(((state / 0xffff_ffff) * 2 - 1) * amplitude);
  });
}

export function concat(...parts: readonly Int16Array[]): Int16Array {
  const all = new Int16Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

export interface ToneFit {
  readonly amplitude: number;
  /** Root mean square of what is left once the tone is taken out. */
  readonly residual: number;
  /** Phase against sin(2 pi f n / rate), in radians. */
  readonly phase: number;
}

/** Least squares of one sine of known frequency over samples whose first one stands at index `first` of its stream. */
export function fitTone(samples: Int16Array, hz: number, rate: number, first = 0): ToneFit {
  let ss = 0;
  let cc = 0;
  let sc = 0;
  let xs = 0;
  let xc = 0;
  const angle = (n: number) => (2 * Math.PI * hz * (n + first)) / rate;
  samples.forEach((x, n) => {
    const s = Math.sin(angle(n));
    const c = Math.cos(angle(n));
    ss += s * s;
    cc += c * c;
    sc += s * c;
    xs += x * s;
    xc += x * c;
  });
  const determinant = ss * cc - sc * sc;
  const a = (xs * cc - xc * sc) / determinant;
  const b = (xc * ss - xs * sc) / determinant;
  let rest = 0;
  samples.forEach((x, n) => {
    rest += (x - a * Math.sin(angle(n)) - b * Math.cos(angle(n))) ** 2;
  });
  return {
    amplitude: Math.hypot(a, b),
    residual: Math.sqrt(rest / samples.length),
    phase: Math.atan2(b, a),
  };
}

export const rms = (samples: Int16Array): number =>
  Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length);

export const decibels = (ratio: number): number => 20 * Math.log10(Math.max(ratio, 1e-9));
