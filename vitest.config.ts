// Test runner: unit and integration tests run on built lane processes, so the build comes first.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/build.ts'],
    testTimeout: 10_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
