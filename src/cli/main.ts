import { bundledFilePath } from './package-files.ts';
import { start } from './start.ts';

const nixLibrary = { ferrule: nixFile('ferrule.nix'), engine: nixFile('engine.nix'), runner: nixFile('ferrule-runner.mjs') };

void start(process, {
  loadBuildRunner: async () => (await import('../plan/build.ts')).runBuild,
  loadNixRunner: async () => {
    const { runNixBuild } = await import('../nix/run-nix-build.ts');
    return async (request) => await runNixBuild(request, nixLibrary, process);
  },
  nixLibrary,
});

function nixFile(name: string): string {
  return bundledFilePath(`nix/${name}`);
}
