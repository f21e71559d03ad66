// Builds dist/ once before the tests: the model lanes run as child processes from the built files.
import { execFileSync } from 'node:child_process';

/** PARLEY_SKIP_BUILD=1 tests against the dist/ that is already there. */
export default function setup(): void {
  if (process.env['PARLEY_SKIP_BUILD'] === '1') return;
  execFileSync('npm', ['run', 'build', '--silent'], { stdio: 'inherit' });
}
