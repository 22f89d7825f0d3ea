import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ok, type Result } from '../../diagnostics/diagnostic.ts';
import type { BuildSystem } from '../../python/build/build-system.ts';
import type { BackendRust } from '../../python/build/wheel-build-action.ts';
import { parseRequirement } from '../../python/version/requirement.ts';
import { readDirectories, RecordedDirectories } from '../../repository/directory-listings.ts';
import { DiskProbe } from '../../source/disk-probe.ts';
import { packageFiles } from '../../source/package-files.ts';
import { vendoredCrates } from '../vendored-crates.ts';
import type { PythonPlanner } from './planner.ts';

/** Build requirements by which a backend runs cargo. */
const RUNS_CARGO: ReadonlySet<string> = new Set(['setuptools-rust', 'maturin']);

/** Whether a project's own backend compiles Rust. */
function compilesRust({ requires }: BuildSystem): boolean {
  return requires.some((text) => {
    const parsed = parseRequirement(text);
    return parsed.ok && RUNS_CARGO.has(parsed.requirement.name);
  });
}

/**
 * What a backend needs that compiles Rust by itself: the toolchain, and the crates of every `Cargo.lock` among the project's files;
 * `undefined`: it compiles none. Diagnostics as cargo gives them.
 */
export async function backendRust(options: {
  readonly planner: PythonPlanner;
  readonly buildSystem: BuildSystem;
  /** Absolute directory of the project. */
  readonly directory: string;
  /** Absolute: the top of the sources. */
  readonly sourceRoot: string;
}): Promise<Result<BackendRust | undefined>> {
  const { planner, buildSystem, directory, sourceRoot: repositoryRoot } = options;
  if (!compilesRust(buildSystem)) return ok(undefined);
  const directories = new RecordedDirectories(readDirectories);
  const probe = new DiskProbe();
  const files = packageFiles({ packageRoot: directory, repositoryRoot, directories, probe, nestedPackages: 'enter' }).paths;
  planner.watch(directories.watched);
  const locks = files.filter((path) => /(?:^|\/)Cargo\.lock$/.test(path)).map((path) => join(directory, path));
  const [first, ...others] = locks.filter((lock) => existsSync(manifestBeside(lock)));
  const { context } = planner;
  const toolchain = await context.toolchainOf({ directory: first === undefined ? directory : dirname(first) });
  if (!toolchain.ok) return toolchain;
  if (first === undefined) return ok({ toolchain: toolchain.value.tree, crates: undefined });
  const { store, request } = context;
  planner.watch([first, ...others]);
  const crates = await vendoredCrates({
    store,
    toolchain: toolchain.value,
    workspaceRoot: dirname(first),
    environment: request.environment,
    offline: request.offline,
    run: context.process,
    onProgress: (text) => context.progress(text),
    manifests: [manifestBeside(first), ...others.map(manifestBeside)],
    locks: [first, ...others].map((lock) => readFileSync(lock, 'utf8')),
  });
  return crates.ok ? ok({ toolchain: toolchain.value.tree, crates: crates.value }) : crates;
}

function manifestBeside(lock: string): string {
  return join(dirname(lock), 'Cargo.toml');
}
