// Progress on a terminal, and the wish to stop.

export interface Watch {
  readonly interrupted: boolean;
  progress(done: number, of: number): void;
}
