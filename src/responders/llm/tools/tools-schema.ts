// The shape of an agent file's `model.tools`: the built-in ones by name, and those of HTTP, of files and of MCP servers.
import { z } from 'zod';
import { E164 } from '../../../ports/phone-number.ts';

const text = z.string().trim().min(1);
const toolName = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,47}$/, 'a name of small letters, digits and underscores');
const number = z
  .string()
  .regex(E164, 'a telephone number in quotes with its country code, e.g. "+15550100123"');
const plain = z.strictObject({}, { error: 'nothing but {}' });

const PARAMETER_TYPES = ['string', 'number', 'integer', 'boolean'] as const;

export const parameterSchema = z.strictObject({
  type: z.enum(PARAMETER_TYPES).default('string'),
  description: text.optional(),
  /** What a text may be. */
  values: z.array(text).min(1).optional(),
  min: z.number().optional(),
  max: z.number().optional(),
  optional: z.literal(true).optional(),
});

const parameters = z.record(toolName, parameterSchema);

const httpTool = z.strictObject({
  description: text,
  parameters: parameters.default({}),
  method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']).default('GET'),
  /** May hold {{parameter}} and {{variable}}; its host is fixed. */
  url: text,
  /** `{{env:NAME}}` is an environment variable: the place for a key. */
  headers: z.record(z.string(), text).default({}),
  /** Sent as JSON; texts may hold places. Without it, what is not in the address is sent. */
  body: z.record(z.string(), z.unknown()).optional(),
  timeoutMs: z.int().min(100).max(60_000).default(5_000),
  maxBytes: z.int().min(100).max(1_000_000).default(20_000),
  /** `lasting`: it changes something, and so waits until the caller has finished speaking. */
  effects: z.enum(['none', 'lasting']).optional(),
});
export type HttpToolFile = z.output<typeof httpTool>;

const mcpServer = z.union(
  [
    z.strictObject({
      url: z.url(),
      headers: z.record(z.string(), text).default({}),
      tools: z.array(text).optional(),
    }),
    z.strictObject({ command: text, args: z.array(z.string()).default([]), tools: z.array(text).optional() }),
  ],
  { error: 'either { url } of a server, or { command, args } that starts one' },
);
export type McpServerFile = z.output<typeof mcpServer>;

export const toolsSchema = z.strictObject({
  hang_up: plain.optional(),
  /** Names that the model may use, and whom they reach. `warm`: whoever answers is told first what it is about. */
  transfer: z
    .strictObject({
      to: z
        .record(text, number)
        .refine((to) => Object.keys(to).length > 0, 'at least one name with its number'),
      warm: z.boolean().default(false),
      ringS: z.int().min(5).max(120).default(20),
    })
    .optional(),
  send_dtmf: plain.optional(),
  /** To the caller's own number only. */
  send_sms: plain.optional(),
  take_message: plain.optional(),
  opt_out: plain.optional(),
  schedule_callback: plain.optional(),
  http: z.record(toolName, httpTool).default({}),
  /** TypeScript files beside the agent file; each exports `tools`. */
  files: z.array(text).default([]),
  mcp: z.record(toolName, mcpServer).default({}),
});
export type ToolsFile = z.output<typeof toolsSchema>;
