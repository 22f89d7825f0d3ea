import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A workspace written out in one place, and what is asked of cargo in it. */
export interface Fixture {
  readonly name: string;
  /** Contents by path relative to the fixture's directory; `$ROOT` in a content is that directory. */
  readonly files: Readonly<Record<string, string>>;
  /** Directory of the workspace relative to the fixture's directory; `.` when left out. */
  readonly workspace?: string;
  /** Directories that become git repositories with one commit. */
  readonly git?: readonly string[];
  readonly runs: readonly CargoRun[];
}

/** One cargo command. */
export interface CargoRun {
  readonly command: 'build' | 'test' | 'bench' | 'check' | 'clippy';
  readonly profile?: string;
  readonly packages?: readonly string[];
  readonly workspace?: boolean;
  readonly targets?: readonly string[];
  readonly features?: readonly string[];
  readonly noDefaultFeatures?: boolean;
  readonly target?: string;
  /** Variables of the user, for cargo and for us alike. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Writes the files below a directory. */
export function writeFixture(fixture: Pick<Fixture, 'files'>, directory: string): void {
  for (const [path, content] of Object.entries(fixture.files)) {
    const file = join(directory, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content.replaceAll('$ROOT', directory));
  }
}

/** `build --release --target x`, as printed and as cargo's arguments. */
export function cargoArguments(run: CargoRun): readonly string[] {
  return [
    run.command,
    ...(run.command === 'test' || run.command === 'bench' ? ['--no-run'] : []),
    ...(run.packages ?? []).map((name) => `--package=${name}`),
    ...(run.workspace === true ? ['--workspace'] : []),
    ...(run.targets ?? []),
    ...(run.features === undefined ? [] : [`--features=${run.features.join(',')}`]),
    ...(run.noDefaultFeatures === true ? ['--no-default-features'] : []),
    `--profile=${profileOf(run)}`,
    ...(run.target === undefined ? [] : [`--target=${run.target}`]),
  ];
}

/** cargo's default profile for the command when none is given. */
export function profileOf(run: CargoRun): string {
  return run.profile ?? (run.command === 'bench' ? 'bench' : run.command === 'test' ? 'test' : 'dev');
}
