// The kinds of numbers that stand in the configuration, each with its range and its meaning.
import { z } from 'zod';
import type { Ms } from '../audio/units.ts';

export const whole = (min: number, max: number, meaning: string): z.ZodNumber =>
  z.number().int().min(min).max(max).describe(meaning);
/** The output type carries the unit; at run time it is the number as written. */
export const duration = (min: number, max: number, meaning: string): z.ZodType<Ms> =>
  whole(min, max, meaning) as unknown as z.ZodType<Ms>;
export const probability = (meaning: string): z.ZodNumber => z.number().min(0).max(1).describe(meaning);
