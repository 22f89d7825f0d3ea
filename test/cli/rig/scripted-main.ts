import { start } from '../../../src/cli/start.ts';
import { playScenario, SCENARIOS } from './scripted-runner.ts';

/** The real program with a scripted pipeline behind it. */
await start(process, {
  nixLibrary: { ferrule: '', engine: '', runner: '', pythonRunner: '' },
  loadNixRunner: async () => await Promise.reject(new Error('internal: there is no Nix here')),
  forecastNix: async () => await Promise.reject(new Error('internal: there is no Nix here')),
  loadBuildRunner: async () => {
    const scenario = SCENARIOS[process.env['SCENARIO'] ?? ''];
    if (scenario === undefined) throw new Error('internal: SCENARIO names no scenario');
    return await Promise.resolve((request) => playScenario(scenario, request));
  },
});
