import { start } from './start.ts';

await start(process, { loadBuildRunner: async () => (await import('../plan/build.ts')).runBuild });
