import type { BuildRunner } from './commands/build.ts';
import { bundledFilePath, programBeside } from './package-files.ts';
import { start } from './start.ts';

const nixLibrary = {
  ferrule: nixFile('ferrule.nix'),
  engine: nixFile('engine.nix'),
  runner: nixFile('ferrule-runner.mjs'),
  pythonRunner: nixFile('ferrule-python.mjs'),
};

void start(process, {
  loadBuildRunner,
  loadNixRunner: async () => {
    const { runNixBuild } = await import('../nix/run-nix-build.ts');
    return async (request) => await runNixBuild(request, nixLibrary, process);
  },
  forecastNix: async (question) => {
    const { nixForecaster } = await import('../nix/nix-forecast.ts');
    return await nixForecaster(nixLibrary, process)(question);
  },
  nixLibrary,
});

async function loadBuildRunner(): Promise<BuildRunner> {
  const { runBuild } = await import('../plan/build.ts');
  return async (request) => await runBuild({ ...request, unpackProgram: programBeside('unpack-thread.cjs') });
}

function nixFile(name: string): string {
  return bundledFilePath(`nix/${name}`);
}
