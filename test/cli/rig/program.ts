import { spawn, spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Program {
  /** Absolute path of the bundled program. */
  readonly path: string;
  /** Runs it to its end. */
  readonly run: (args: readonly string[], environment?: Readonly<Record<string, string>>) => Ended;
  /** Starts it and sends it `signals`, each after something new has come on stderr. */
  readonly interrupt: (scenario: string, signals: readonly NodeJS.Signals[]) => Promise<Ended>;
  readonly dispose: () => void;
}

/** Bundles the program with the scripted pipeline. It lies inside the package, so that it finds the package's files. */
export async function bundleProgram(name: string): Promise<Program> {
  const directory = join(root, 'node_modules', '.cache', `ferrule-test-${name}-${process.pid}`);
  await build({
    entryPoints: { ferrule: join(root, 'test/cli/rig/scripted-main.ts') },
    outdir: directory,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    outExtension: { '.js': '.mjs' },
    banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
    logLevel: 'warning',
  });
  const path = join(directory, 'ferrule.mjs');
  const environmentFor = (extra: Readonly<Record<string, string>>): Record<string, string> => {
    return { PATH: process.env['PATH'] ?? '', HOME: directory, ...extra };
  };
  return {
    path,
    run: (args, environment = {}) => {
      const { status, stdout, stderr } = spawnSync(process.execPath, [path, ...args], {
        cwd: directory,
        env: environmentFor(environment),
        encoding: 'utf8',
      });
      return { status, stdout, stderr };
    },
    interrupt: async (scenario, signals) => {
      const child = spawn(process.execPath, [path, 'build'], { cwd: directory, env: environmentFor({ SCENARIO: scenario }) });
      const ended: { stdout: string; stderr: string } = { stdout: '', stderr: '' };
      const waiting = [...signals];
      child.stdout.on('data', (chunk) => (ended.stdout += String(chunk)));
      child.stderr.on('data', (chunk) => {
        ended.stderr += String(chunk);
        for (const [index, signal] of waiting.splice(0).entries()) setTimeout(() => child.kill(signal), index * 100);
      });
      const status = await new Promise<number | null>((resolve) => child.on('close', resolve));
      return { status, ...ended };
    },
    dispose: () => rmSync(directory, { recursive: true, force: true }),
  };
}
