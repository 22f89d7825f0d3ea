import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** How a program ended, and what it said. */
export interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Call {
  /** Where the user is. */
  readonly directory: string;
  readonly store: string;
  /** Added to {@link plainVariables}. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Words before the program, such as `unshare -m`. */
  readonly through?: readonly string[];
}

/** The program as users run it, bundled for one test file from the sources as they are. */
export class Program implements Disposable {
  readonly #directory = join(root, 'node_modules', '.cache', `ferrule-robustness-${process.pid}-${Math.random().toString(36).slice(2)}`);

  constructor() {
    mkdirSync(this.#directory, { recursive: true });
    const made = spawnSync(process.execPath, [join(root, 'scripts/bundle.mjs'), this.#directory], { encoding: 'utf8' });
    if (made.status !== 0) throw new Error(made.stderr);
  }

  /** Runs it to its end. */
  run(words: readonly string[], call: Call): Ended {
    const [program, ...rest] = this.#command(words, call);
    const { status, signal, stdout, stderr } = spawnSync(program, rest, {
      ...place(call),
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      timeout: 120_000,
    });
    return { status, signal, stdout, stderr };
  }

  /** Starts it; {@link ended} waits for it. */
  start(words: readonly string[], call: Call): ChildProcess {
    const [program, ...rest] = this.#command(words, call);
    return spawn(program, rest, { ...place(call), stdio: ['ignore', 'pipe', 'pipe'] });
  }

  /** The whole command line. */
  #command(words: readonly string[], call: Call): readonly [string, ...(readonly string[])] {
    const [first, ...through] = call.through ?? [];
    const program = join(this.#directory, 'ferrule.cjs');
    return first === undefined ? [process.execPath, program, ...words] : [first, ...through, process.execPath, program, ...words];
  }

  [Symbol.dispose](): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

/** Waits for a started program. */
export async function ended(child: ChildProcess): Promise<Ended> {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (data: Buffer) => (stdout += data.toString()));
  child.stderr?.on('data', (data: Buffer) => (stderr += data.toString()));
  return await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => resolve({ status, signal, stdout, stderr }));
  });
}

/** What of the tester's environment a build needs to find its tools. */
export function plainVariables(): Readonly<Record<string, string>> {
  const names = ['PATH', 'HOME', 'CARGO_HOME', 'RUSTUP_HOME', 'RUSTUP_TOOLCHAIN'];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])));
}

/** How this machine reaches an index: its certificates and proxies. */
export function networkVariables(): Readonly<Record<string, string>> {
  const found = Object.entries(process.env).filter(([name]) => /CERT|PROXY$/i.test(name));
  return Object.fromEntries(found.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

function place({ directory, store, variables }: Call): { readonly cwd: string; readonly env: Record<string, string> } {
  return { cwd: directory, env: { ...plainVariables(), FERRULE_STORE: store, ...variables } };
}
