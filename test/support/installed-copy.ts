// A copy of the built program in a folder of its own, whose installed packages a test can damage.
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface InstalledCopy {
  readonly folder: string;
  readonly cli: string;
  /** Puts copies of these files and folders in their package's place, where nothing else is then. Returns the package's folder. */
  readonly own: (packageName: string, files: readonly string[]) => string;
  readonly remove: () => void;
}

/** Its packages are links to the installed ones. */
export function installedCopy(): InstalledCopy {
  const folder = mkdtempSync(join(tmpdir(), 'parley-installed-'));
  for (const part of ['dist', 'config', 'package.json']) {
    cpSync(join(ROOT, part), join(folder, part), { recursive: true });
  }
  const modules = join(folder, 'node_modules');
  for (const name of packagesIn(join(ROOT, 'node_modules'))) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
  }
  return {
    folder,
    cli: join(folder, 'dist/cli.js'),
    own: (packageName, files) => {
      const target = join(modules, packageName);
      rmSync(target, { recursive: true });
      for (const file of files) {
        cpSync(join(ROOT, 'node_modules', packageName, file), join(target, file), { recursive: true });
      }
      return target;
    },
    remove: () => {
      rmSync(folder, { recursive: true });
    },
  };
}

function packagesIn(modules: string): readonly string[] {
  return readdirSync(modules)
    .filter((name) => !name.startsWith('.'))
    .flatMap((name) =>
      name.startsWith('@') ? readdirSync(join(modules, name)).map((part) => `${name}/${part}`) : [name],
    );
}
