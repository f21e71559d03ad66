// Parameters and fields as agent files write them, as a schema that the model's values are checked against.
import { z } from 'zod';
import type { ModelField } from '../../../dialogue/flow.ts';

export function schemaOf(parameters: Readonly<Record<string, ModelField>>): z.ZodObject {
  return z.object(
    Object.fromEntries(
      Object.entries(parameters).map(([name, file]) => {
        const described =
          file.description === undefined ? valueOf(file) : valueOf(file).describe(file.description);
        return [name, file.optional === true ? described.optional() : described];
      }),
    ),
  );
}

const MAX_TEXT_CHARS = 2_000;

function valueOf({ type, values, min, max }: ModelField): z.ZodType {
  switch (type) {
    case 'boolean':
      return z.boolean();
    case 'number':
    case 'integer': {
      const number = type === 'integer' ? z.int() : z.number();
      return number.min(min ?? -Number.MAX_SAFE_INTEGER).max(max ?? Number.MAX_SAFE_INTEGER);
    }
    case 'string':
      return values === undefined
        ? z
            .string()
            .min(min ?? 0)
            .max(max ?? MAX_TEXT_CHARS)
        : z.enum(values as [string, ...string[]]);
  }
}
