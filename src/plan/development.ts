import { basename, dirname, join } from 'node:path';
import type { FerruleConfig } from '../repository/config.ts';
import { isRustupProxy } from '../rust/cargo/rustup.ts';
import { findProgram } from './find-program.ts';
import type { PlannedRun } from './plan-run.ts';
import type { RunContext } from './run-context.ts';

/** What a shell to work in a repository needs, besides a Python environment. */
export interface Development {
  /** Variables to set. */
  readonly variables: Readonly<Record<string, string>>;
  /** Absolute directories that go before the user's `PATH`. */
  readonly path: readonly string[];
}

/**
 * The toolchain that actions are run with, so that a plain `cargo build` uses it as well: by rustup's own variable where rustup has it,
 * else on the path; and the variables that overrides set for crates. Without Rust members only the latter. Those that tell PyO3 which
 * Python a sandbox has are left out: a shell has one on its path, and cargo would compile PyO3 anew each time it is called from elsewhere.
 */
export async function developmentOf(context: RunContext, { repository, plans, python }: PlannedRun): Promise<Development> {
  const settings = Object.entries(crateVariables(repository.config));
  const variables = Object.fromEntries(settings.filter(([name]) => !name.startsWith('PYO3_')));
  const hasRust = plans.length + python.extensions.length > 0 || repository.members.some(({ kind }) => kind === 'rust');
  const toolchain = hasRust ? await context.toolchainOf({ directory: context.request.directory }) : undefined;
  if (toolchain?.ok !== true) return { variables, path: [] };
  const { environment } = context.request;
  const { sysroot } = toolchain.value;
  const cargo = findProgram('cargo', environment['PATH'] ?? '');
  const rustupHome = environment['RUSTUP_HOME'] ?? join(environment['HOME'] ?? '/', '.rustup');
  const isRustups = cargo !== undefined && isRustupProxy(cargo) && dirname(sysroot) === join(rustupHome, 'toolchains');
  if (!isRustups) return { variables, path: [join(sysroot, 'bin')] };
  return { variables: { RUSTUP_TOOLCHAIN: basename(sysroot), ...variables }, path: [] };
}

/** What overrides set for crates: plain cargo needs it as well. */
export function crateVariables({ overrides }: Pick<FerruleConfig, 'overrides'>): Readonly<Record<string, string>> {
  const crates = overrides.filter(({ subject }) => subject.kind === 'crate');
  return Object.assign({}, ...crates.map(({ environment }) => environment));
}
