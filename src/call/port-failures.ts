// Reports a failed port once: counted, logged at the level its code asks for, bugs apart from expected failures.
import { CallError } from '../ports/errors.ts';
import type { CallDeps } from './call-deps.ts';

/** Bugs are logged as such, but cost the call no more than an expected failure does. */
export function reportFailure(
  { meter, logger }: Pick<CallDeps, 'meter' | 'logger'>,
  port: string,
  error: unknown,
): void {
  const code = error instanceof CallError ? error.code : 'bug';
  meter.count('port_failures', 1, { port, code });
  const fields = { port, code, err: error };
  if (error instanceof CallError) logger[error.outcome.logLevel](fields, 'a port failed');
  else logger.error(fields, 'a port failed unexpectedly');
}
