// The log: pino behind the Logger port, JSON lines, with people's words and numbers kept out unless asked for.
import { pino, type DestinationStream, type Logger as PinoLogger, type LoggerOptions } from 'pino';
import type { Logger } from '../ports/telemetry.ts';
import { createScrub, type Scrub } from './redaction.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

export interface LogOptions {
  readonly level: LogLevel;
  /** Lets transcripts and telephone numbers into the log. */
  readonly transcripts: boolean;
}

/** Without a destination the lines go to standard output, buffered, so that a slow reader never stalls the sockets. */
export function createLogger(options: LogOptions, destination?: DestinationStream): Logger {
  const scrub = createScrub(options.transcripts);
  const out = destination ?? pino.destination({ dest: 1, sync: false });
  return adapt(pino(pinoOptions(options.level, scrub), out), scrub);
}

function pinoOptions(level: LogLevel, scrub: Scrub): LoggerOptions {
  return {
    level,
    base: { service: 'parley' },
    timestamp: pino.stdTimeFunctions.isoTime,
    // The scrub has described every error already; pino's own serializer would look for more.
    serializers: { err: (described: unknown) => described },
    formatters: { level: (label) => ({ level: label }), log: scrub },
  };
}

/** Pino's formatters do not see the fields of a child, so they are scrubbed here. */
function adapt(log: PinoLogger, scrub: Scrub): Logger {
  return {
    debug: (fields, message) => {
      log.debug(fields, message);
    },
    info: (fields, message) => {
      log.info(fields, message);
    },
    warn: (fields, message) => {
      log.warn(fields, message);
    },
    error: (fields, message) => {
      log.error(fields, message);
    },
    child: (fields) => adapt(log.child(scrub(fields)), scrub),
  };
}
