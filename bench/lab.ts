import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type Answer, runProgram } from './process.ts';

export interface LabOptions {
  /** Absolute directory of Ferrule's checkout; its `bin/ferrule` is what is measured. */
  readonly checkout: string;
  /** Directory of this bundle, where `observed-build.mjs` is. */
  readonly programs: string;
  /** Absolute; `undefined`: the system's temporary directory. */
  readonly scratch: string | undefined;
  /** The user's. */
  readonly environment: Readonly<Record<string, string>>;
  readonly say: (text: string) => void;
}

/** Variables of the user that would make the sides differ, or either of them do something else than the scenario says. */
const NOT_PASSED =
  /^(CARGO_(?!HOME$|HTTP_|NET_|REGISTR)|RUSTFLAGS$|RUSTDOCFLAGS$|RUSTC|FERRULE_|SCCACHE_|MAKEFLAGS$|npm_|NODE_|XDG_CACHE_HOME$)/;

/**
 * Where a bench works: one scratch directory in which every run gets a directory of its own, made once. Nothing is deleted before
 * the end, on purpose: on ext4 without a journal, creating files after many deletions takes several times as long for a while,
 * for cargo's target directory as for our store, and whoever runs next would pay.
 */
export class Lab {
  readonly checkout: string;
  readonly say: (text: string) => void;
  /** Absolute. */
  readonly cargoHome: string;
  readonly #root: string;
  readonly #programs: string;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #stop = new AbortController();
  #count = 0;

  constructor({ checkout, programs, scratch, environment, say }: LabOptions) {
    this.checkout = checkout;
    this.say = say;
    this.cargoHome = environment['CARGO_HOME'] ?? join(homedir(), '.cargo');
    this.#programs = programs;
    this.#root = mkdtempSync(join(scratch ?? tmpdir(), 'ferrule-bench-'));
    const passed = Object.entries(environment).filter(([name]) => !NOT_PASSED.test(name));
    // The user's cache directory stays untouched; Ferrule's compiled form of itself lands in this one during the unmeasured rounds.
    this.#environment = { ...Object.fromEntries(passed), CARGO_INCREMENTAL: '0', XDG_CACHE_HOME: this.newDirectory('cache') };
  }

  /** An empty directory that no run had before. */
  newDirectory(name: string): string {
    const path = this.newPath(name);
    mkdirSync(path);
    return path;
  }

  /** A path at which nothing is yet. */
  newPath(name: string): string {
    this.#count += 1;
    return join(this.#root, `${String(this.#count).padStart(3, '0')}-${name}`);
  }

  /** A copy of a directory with time stamps of now, as a fresh clone has them. */
  clone(directory: string, name: string): string {
    const path = this.newPath(name);
    cpSync(directory, path, { recursive: true, verbatimSymlinks: true });
    return path;
  }

  /** `bin/ferrule` of the checkout, as a user starts it. */
  async ferrule(options: { readonly directory: string; readonly store: string; readonly arguments: readonly string[] }): Promise<Answer> {
    return await this.run({
      program: join(this.checkout, 'bin/ferrule'),
      directory: options.directory,
      arguments: options.arguments,
      environment: { FERRULE_STORE: options.store },
    });
  }

  async cargo(options: {
    readonly directory: string;
    readonly arguments: readonly string[];
    readonly environment?: Readonly<Record<string, string>>;
  }): Promise<Answer> {
    return await this.run({ program: 'cargo', ...options });
  }

  async run(options: {
    readonly program: string;
    readonly directory: string;
    readonly arguments: readonly string[];
    readonly environment?: Readonly<Record<string, string>>;
  }): Promise<Answer> {
    return await runProgram({ ...options, environment: { ...this.#environment, ...options.environment }, signal: this.#stop.signal });
  }

  /** One build in a process of its own that tells what happened inside: see `observed-build.ts`. */
  async observe(options: { readonly directory: string; readonly store: string; readonly jobs?: number }): Promise<Answer> {
    return await this.run({
      program: process.execPath,
      arguments: [join(this.#programs, 'observed-build.mjs'), options.directory, options.store, String(options.jobs ?? '')],
      directory: options.directory,
    });
  }

  /** Absolute path of a program on the user's search path or in `directories`; `undefined`: it is not there. */
  find(program: string, directories: readonly string[] = []): string | undefined {
    const places = [...(this.#environment['PATH'] ?? '').split(delimiter), ...directories];
    return places.map((place) => join(place, program)).find((path) => existsSync(path));
  }

  /** Tells what runs to end: its caller then gets an error, as does whoever starts something from now on. */
  stop(): void {
    this.#stop.abort();
  }

  get isStopped(): boolean {
    return this.#stop.signal.aborted;
  }

  /** Removes everything. The last thing that is done. */
  dispose(): void {
    rmSync(this.#root, { recursive: true, force: true });
  }
}
