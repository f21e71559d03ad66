// CPU time and resident memory of processes, from /proc; null where the system has none.
import { readFileSync } from 'node:fs';

export interface ProcessUse {
  /** User and system time since the process began. */
  readonly cpuMs: number;
  readonly rssMb: number;
}

/** Linux counts in hundredths of a second in /proc, whatever the kernel's own tick is. */
const TICK_MS = 10;

export function processUse(pid: number): ProcessUse | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name in parentheses may hold blanks; utime and stime are the 12th and 13th field behind it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    const rssKb = Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0);
    return { cpuMs: (Number(fields[11]) + Number(fields[12])) * TICK_MS, rssMb: rssKb / 1024 };
  } catch {
    return null;
  }
}

/** What programs may still take without swapping; null where the system does not say. */
export function availableMemoryMb(): number | null {
  try {
    const kb = /^MemAvailable:\s+(\d+) kB/m.exec(readFileSync('/proc/meminfo', 'latin1'))?.[1];
    return kb === undefined ? null : Number(kb) / 1024;
  } catch {
    return null;
  }
}
