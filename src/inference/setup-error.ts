// The error for what a person has to install, mend or set before the models can run.

/** `device-unavailable`: `inference.device` asks for what this machine does not have. */
export type SetupFault = 'model-missing' | 'model-broken' | 'device-unavailable';

/** The process refuses to start on it: exit code 2. The message is one line: what was found, expected, and what to do. */
export class SetupError extends Error {
  override readonly name = 'SetupError';
  readonly fault: SetupFault;

  constructor(fault: SetupFault, message: string) {
    super(message);
    this.fault = fault;
  }
}
