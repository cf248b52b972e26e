import { defineConfig } from 'vitest/config';

/** Tests run on the TypeScript sources: workspace packages resolve through the `source` export condition. */
export default defineConfig({
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'], externalConditions: ['source', 'node', 'import'] } },
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    // Inference children are forked with these flags, so that they too run from the sources.
    execArgv: ['--conditions=source', '--import', 'tsx'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    reporters: ['default'],
  },
});
