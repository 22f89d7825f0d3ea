import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { ProcessOutcome } from './process.ts';

/** Why cargo ended with an error, as far as it decides what to do next. */
export type CargoFailureKind = 'stale-lock' | 'download' | 'refused' | 'broken';

/**
 * Sorts cargo's errors by their text (there is nothing else to go by). `download`: it wanted the network, so fetching may help.
 * `broken`: cargo did not run at all.
 */
export function cargoFailureKind(outcome: ProcessOutcome): CargoFailureKind {
  if (outcome.exitCode === undefined) return 'broken';
  const text = withoutColour(outcome.stderr);
  if (/because --locked was passed|--locked was passed to prevent this/.test(text)) return 'stale-lock';
  if (text.includes('--offline') || DOWNLOAD.test(text)) return 'download';
  return 'refused';
}

const DOWNLOAD =
  /failed to download|Could not connect|Couldn't connect|Could not resolve host|failed to fetch|network failure|download of .* failed/;

/** cargo's own words as a diagnostic, with a hint where the words allow one. `offline`: the user forbade the network. */
export function cargoDiagnostic(options: {
  /** The command as a user would type it, without Ferrule's additions. */
  readonly command: string;
  readonly outcome: ProcessOutcome;
  readonly offline: boolean;
}): Diagnostic {
  const output = withoutWaiting(options.outcome.stderr);
  switch (cargoFailureKind(options.outcome)) {
    case 'stale-lock':
      return staleLock(output);
    case 'download':
      return options.offline ? notDownloaded(output) : fetchFailed(output);
    case 'broken':
      return didNotRun(options.command, output);
    case 'refused':
      return refused(options.command, output);
  }
}

function staleLock(output: string): Diagnostic {
  return {
    code: 'F0205',
    severity: 'error',
    blame: 'input',
    message: '`Cargo.lock` does not fit the manifests',
    hints: ['run `cargo update --workspace` to bring it up to date with as few changes as possible'],
    output,
  };
}

function didNotRun(command: string, output: string): Diagnostic {
  return { code: 'F0222', severity: 'error', blame: 'infrastructure', message: `\`${command}\` did not run to its end`, output };
}

function refused(command: string, output: string): Diagnostic {
  const hint = hintFor(withoutColour(output));
  return {
    code: 'F0206',
    severity: 'error',
    blame: 'input',
    message: `\`${command}\` failed`,
    ...(hint === undefined ? {} : { hints: [hint] }),
    output,
  };
}

function notDownloaded(output: string): Diagnostic {
  return {
    code: 'F0321',
    severity: 'error',
    blame: 'input',
    message: 'some crates are not on this machine, and `--offline` forbids fetching them',
    hints: ['run once without `--offline`, or `cargo fetch --locked`'],
    output,
  };
}

function fetchFailed(output: string): Diagnostic {
  return {
    code: 'F0320',
    severity: 'error',
    blame: 'infrastructure',
    message: 'cargo could not fetch the crates of `Cargo.lock`',
    hints: ['check the network and the registry settings in `.cargo/config.toml`; what was fetched is kept'],
    output,
  };
}

/** Two questions asked at once wait for each other's lock, and cargo says so. */
function withoutWaiting(text: string): string {
  const lines = text.split('\n').filter((line) => !withoutColour(line).includes('Blocking waiting for file lock'));
  return lines.join('\n');
}

const HINTS: readonly (readonly [pattern: RegExp, hint: string])[] = [
  [/did not match any packages/, 'run `ferrule show` for the packages of this workspace'],
  [
    /does not (?:contain|have) (?:this|these) features?|none of the selected packages contains/,
    'check `--features` against `[features]` of the manifest',
  ],
  [/profile `[^`]*` is not defined/, "add `[profile.NAME]` to the workspace's `Cargo.toml`, or choose another `--profile`"],
  [/no (?:bin|example|test|bench) target named/, 'run `ferrule show` for the outputs of this workspace'],
  [
    /failed to parse lock file|failed to parse the `[^`]*` in/,
    'restore `Cargo.lock` from version control, or run `cargo generate-lockfile`',
  ],
  [
    /failed to verify the checksum of|changed between lock files|invalid tarball downloaded/,
    "what the registry gave is not what `Cargo.lock` asks for: try again, and if it stays so, do not trust the crate's source",
  ],
  [/believes it's in a workspace when it's not/, 'add it to `members` there, or an empty `[workspace]` table to its own `Cargo.toml`'],
  [/requires rustc|rustc [\d.]+ is not supported by/, 'choose a newer toolchain in `rust-toolchain.toml`'],
  [/lock file version `?\d+`? .*requires|lock file version .* was found/, 'choose a newer toolchain in `rust-toolchain.toml`'],
];

function hintFor(text: string): string | undefined {
  return HINTS.find(([pattern]) => pattern.test(text))?.[1];
}

/** The text without terminal colours. */
export function withoutColour(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replaceAll(/\u001b\[[0-9;]*m/g, '');
}
