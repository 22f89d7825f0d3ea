import { cpSync, rmSync } from 'node:fs';
import { cargo } from './rig.ts';

export interface OracleOptions {
  /** Absolute directory of the workspace. */
  readonly directory: string;
  /** Absolute: cargo's target directory, and beside it a copy of its first state. */
  readonly target: string;
}

export interface CargoCommand {
  /** After `cargo build`. */
  readonly words: readonly string[];
  readonly variables?: Readonly<Record<string, string>>;
}

/** What cargo itself runs again after a change. */
export class CargoOracle {
  readonly #options: OracleOptions;
  readonly #first: string;

  /** Builds once, from nothing. */
  constructor(options: OracleOptions, command: CargoCommand) {
    this.#options = options;
    this.#first = `${options.target}-first`;
    this.#build(command);
    cpSync(options.target, this.#first, { recursive: true, preserveTimestamps: true });
  }

  /** Short labels of what cargo runs in the workspace as it is now, starting from what the first build left; sorted. */
  runs(command: CargoCommand): readonly string[] {
    const { target } = this.#options;
    rmSync(target, { recursive: true });
    cpSync(this.#first, target, { recursive: true, preserveTimestamps: true });
    const lines = this.#build(command).split('\n');
    return lines.flatMap((line) => labelOf(/^\s*Running `(.*)`$/.exec(line)?.[1]) ?? []).toSorted();
  }

  #build(command: CargoCommand): string {
    const { directory, target } = this.#options;
    return cargo(['build', '--offline', '--locked', '-v', ...command.words], {
      directory,
      variables: { ...command.variables, CARGO_TARGET_DIR: target },
    });
  }
}

/** A command line that cargo prints, as a short label of ours. Packages lie in directories of their names. */
function labelOf(line: string | undefined): string | undefined {
  if (line === undefined) return undefined;
  const script = /\/build\/([^/]+)-[0-9a-f]{16}\/build-script-\w+$/.exec(line)?.[1];
  if (script !== undefined) return `${script} script run`;
  const [, name = '', source = ''] = /--crate-name (\S+) .*?(\S+\.rs) /.exec(line) ?? [];
  const owner = /([^/]+)\/build\.rs$/.exec(source)?.[1];
  if (owner !== undefined) return `${owner} script`;
  return /--crate-type bin/.test(line) ? `${name} bin` : name;
}
