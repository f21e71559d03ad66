// One line that is written over and over on a terminal; nothing where the output is no terminal.

export interface ProgressBar {
  /** `share` from 0 to 1. */
  show(share: number, words: string): void;
  /** Leaves the line empty. */
  clear(): void;
}

const WIDTH = 24;

export function progressBar(out: NodeJS.WriteStream): ProgressBar {
  if (!out.isTTY) return { show: () => undefined, clear: () => undefined };
  return {
    show: (share, words) => {
      const full = Math.round(Math.min(1, Math.max(0, share)) * WIDTH);
      out.write(`\r\u001B[2K[${'#'.repeat(full)}${'.'.repeat(WIDTH - full)}] ${words}`);
    },
    clear: () => {
      out.write('\r\u001B[2K');
    },
  };
}
