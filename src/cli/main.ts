import { start } from './start.ts';

void start(process, { loadBuildRunner: async () => (await import('../plan/build.ts')).runBuild });
