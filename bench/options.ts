import { parseArgs } from 'node:util';

/** What `npm run bench` is asked. */
export interface BenchOptions {
  /** Names of scenarios; empty: all. */
  readonly scenarios: readonly string[];
  /** Measured rounds of the slow scenarios; the quick ones take five times as many. */
  readonly rounds: number;
  /** Takes in the slow real programs as well. */
  readonly full: boolean;
  readonly json: boolean;
  /** Directory below which everything is written; `undefined`: the system's temporary directory. */
  readonly scratch: string | undefined;
  /** Builds tools to compare with that are not installed. */
  readonly install: boolean;
  readonly help: boolean;
}

export const USAGE = `Usage: npm run bench [-- [SCENARIO…] [OPTIONS]]

  --rounds N      measured rounds of the slow scenarios (default 3); quick ones take five times as many
  --full          bat as well as ripgrep
  --install       build sccache and cargo-chef with cargo if they are not on the PATH (several minutes)
  --scratch DIR   where to write (default: the system's temporary directory); some gigabytes, removed at the end
  --json          one document on stdout instead of tables
`;

/** Throws for what cannot be read, with a sentence. */
export function parseOptions(argv: readonly string[]): BenchOptions {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      rounds: { type: 'string', default: '3' },
      full: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      install: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false, short: 'h' },
      scratch: { type: 'string' },
    },
  });
  if (!/^[1-9]\d?$/.test(values.rounds)) throw new Error(`\`--rounds ${values.rounds}\` is not a number from 1 to 99`);
  const { full, json, install, help, scratch } = values;
  return { scenarios: positionals, rounds: Number(values.rounds), full, json, install, help, scratch };
}
