import { type Logger, pino } from 'pino';

export interface LogOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** Written here, a JSON object a line; standard error unless told. */
  readonly fileDescriptor?: number;
}

/** A log of JSON lines. */
export function createLog({ level, fileDescriptor = 2 }: LogOptions): Logger {
  return pino({ level, base: null }, pino.destination({ dest: fileDescriptor, sync: true }));
}
