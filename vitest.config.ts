// Test runner: unit and integration tests run on built lane processes, so the build comes first.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Optimized graphs of tested servers stay out of the user's own cache, and their calls out of the user's own data.
    env: { XDG_CACHE_HOME: fileURLToPath(new URL('out/test-cache', import.meta.url)), DATA_DIR: 'none' },
    globalSetup: ['test/support/build.ts'],
    testTimeout: 10_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
