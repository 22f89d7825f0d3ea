import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { shortLabel } from '../end-to-end/rig.ts';
import { type Ended, ended, Program } from '../robustness/program.ts';
import { writeHostPackages } from './host-packages.ts';
import type { Nix } from './rig.ts';

/** A build by `--engine nix`. */
export interface NixBuilt {
  readonly status: number | null;
  readonly stderr: string;
  /** Short labels of the derivations that Nix really built, sorted; what only collects files is left out. */
  readonly built: readonly string[];
}

/** Ferrule on one of the rig's Nixes. */
export class NixBuilder implements Disposable {
  readonly #nix: Nix;
  readonly #program = new Program();
  readonly #store: string;

  constructor(nix: Nix, store: string) {
    this.#nix = nix;
    this.#store = store;
  }

  /** Gives a repository the package set of this machine. */
  prepare(directory: string): void {
    writeHostPackages(directory, this.#nix.places);
    appendFileSync(join(directory, 'ferrule.toml'), '[nix]\npackages = "host-packages.nix"\n');
  }

  /** Runs `ferrule` with words in a directory, however long it takes. */
  async run(
    words: readonly string[],
    place: { readonly directory: string; readonly variables?: Readonly<Record<string, string>> },
  ): Promise<Ended> {
    const { directory, variables = {} } = place;
    const options = { directory, store: this.#store, variables: { ...this.#nix.environment, ...variables }, through: this.#nix.through };
    return await ended(this.#program.start(words, options));
  }

  async build(
    words: readonly string[],
    place: { readonly directory: string; readonly variables?: Readonly<Record<string, string>> },
  ): Promise<NixBuilt> {
    const { status, stderr } = await this.run(['build', '--engine', 'nix', '--offline', ...words], place);
    const labels = [...stderr.matchAll(/^ +(?:Compiling|Running) (.+)$/gm)].map(([, label = '']) => shortLabel(label));
    return { status, stderr, built: labels.toSorted() };
  }

  [Symbol.dispose](): void {
    this.#program[Symbol.dispose]();
  }
}
