import { type Diagnostic, fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import type { ConfigLookup } from './cargo-config-lookup.ts';
import type { PlatformFacts } from '../facts.ts';
import { linksOverridesFor } from './links-override.ts';
import type { ProcessRunner } from './process.ts';
import { matchingTargetKeys, rustflagsFor } from './rustflags.ts';
import type { Toolchain } from '../toolchain.ts';

export interface PlatformRequest {
  readonly toolchain: Toolchain;
  readonly triple: string;
  /** Passed to rustc as `--target`; `false` for the host kind, even if a target of the same triple is built as well. */
  readonly explicit: boolean;
  /** Host units get no flags at all when `--target` is given. */
  readonly takesRustflags: boolean;
  readonly config: ConfigLookup;
  /** Environment of the probe. */
  readonly environment: Readonly<Record<string, string>>;
  /** Working directory of the probe. */
  readonly directory: string;
  readonly run: ProcessRunner;
}

/**
 * Asks rustc about a platform, in one call, or two when the flags depend on the answer
 * (cargo `src/compiler/build_context/target_info.rs`, `TargetInfo::new`: flags choose cfgs, cfgs choose flags; two rounds at most).
 * Fails with F0216 when rustc refuses, F0215 when the target's standard library is not installed.
 */
export async function platformFacts(request: PlatformRequest): Promise<Result<PlatformFacts>> {
  const { config, triple } = request;
  let rustflags = request.takesRustflags ? rustflagsFor({ config, triple, cfg: undefined }) : [];
  for (let turn = 0; ; turn += 1) {
    const probe = await probePlatform(request, rustflags);
    if (!probe.ok) return probe;
    const cfg = new Set(probe.value.cfg);
    const settled = request.takesRustflags ? rustflagsFor({ config, triple, cfg }) : [];
    const stable = sameWords(settled, rustflags);
    if (!stable && turn === 0) {
      rustflags = settled;
      continue;
    }
    const facts = { triple, ...probe.value, rustflags, ...settingsOf(config, { triple, cfg }) };
    return ok(facts, stable ? [] : [cyclicFlags(triple)]);
  }
}

interface Probe {
  readonly cfg: readonly string[];
  readonly fileNames: PlatformFacts['fileNames'];
  readonly splitDebuginfo: readonly string[];
}

/** Crate types in the order their file names are asked for. */
const CRATE_TYPES = ['bin', 'rlib', 'dylib', 'cdylib', 'staticlib', 'proc-macro'] as const;

async function probePlatform(request: PlatformRequest, rustflags: readonly string[]): Promise<Result<Probe>> {
  const outcome = await request.run({
    program: request.toolchain.rustc,
    arguments: [
      '-',
      '--crate-name',
      '___',
      '--print=file-names',
      ...rustflags,
      ...(request.explicit ? ['--target', request.triple] : []),
      ...CRATE_TYPES.flatMap((type) => ['--crate-type', type]),
      '--print=split-debuginfo',
      '--print=crate-name',
      '--print=cfg',
      '-Wwarnings',
    ],
    environment: request.environment,
    directory: request.directory,
  });
  if (outcome.exitCode !== 0) return fail(probeFailed(request, outcome.stderr));
  const probe = parseProbe(outcome.stdout, outcome.stderr);
  return probe === undefined ? fail(probeFailed(request, outcome.stdout + outcome.stderr)) : ok(probe);
}

/** Reads the probe's output; `undefined` when a part is missing. Exported for tests. */
export function parseProbe(stdout: string, stderr: string): Probe | undefined {
  const lines = stdout.split('\n').filter((line) => line !== '');
  const fileNames: Record<string, { readonly prefix: string; readonly suffix: string }> = {};
  let next = 0;
  for (const type of CRATE_TYPES) {
    if (isUnsupported(type, stderr)) continue;
    const [prefix, suffix] = lines[next]?.split('___') ?? [];
    if (prefix === undefined || suffix === undefined) return undefined;
    fileNames[type] = { prefix, suffix };
    next += 1;
  }
  const delimiter = lines.indexOf('___', next);
  if (delimiter === -1) return undefined;
  return {
    fileNames,
    splitDebuginfo: lines.slice(next, delimiter),
    cfg: lines.slice(delimiter + 1).filter((line) => line !== 'proc_macro'),
  };
}

/** rustc drops crate types a platform cannot make from its answer, with a warning (cargo `parse_crate_type`). */
function isUnsupported(type: string, stderr: string): boolean {
  return stderr
    .split('\n')
    .some((line) => /unsupported crate type|unknown crate type/.test(line) && line.includes(`crate type \`${type}\``));
}

function settingsOf(
  config: ConfigLookup,
  platform: { readonly triple: string; readonly cfg: ReadonlySet<string> },
): Pick<PlatformFacts, 'linker' | 'runner' | 'linksOverrides'> {
  const own = ['target', ...platform.triple.split('.')];
  const conditional = matchingTargetKeys(config, platform.cfg);
  return {
    linker: config.program([...own, 'linker']) ?? firstOf(conditional, (key) => config.program(['target', key, 'linker'])),
    runner: config.command([...own, 'runner']) ?? firstOf(conditional, (key) => config.command(['target', key, 'runner'])),
    linksOverrides: linksOverridesFor(config, platform.triple),
  };
}

/** cargo refuses several matching keys itself, so the first is the only one. */
function firstOf<T>(keys: readonly string[], find: (key: string) => T | undefined): T | undefined {
  for (const key of keys) {
    const found = find(key);
    if (found !== undefined) return found;
  }
  return undefined;
}

function sameWords(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((word, index) => word === right[index]);
}

function probeFailed(request: PlatformRequest, output: string): Diagnostic {
  const unknown = output.includes('could not find specification for target');
  return {
    code: 'F0216',
    severity: 'error',
    blame: 'input',
    message: unknown
      ? `rustc ${request.toolchain.rustcVersion} does not know the target \`${request.triple}\``
      : `rustc refused to describe the platform \`${request.triple}\``,
    hints: [
      unknown ? 'run `rustc --print target-list` for the targets it knows' : 'check `RUSTFLAGS` and `rustflags` in `.cargo/config.toml`',
    ],
    output,
  };
}

function cyclicFlags(triple: string): Diagnostic {
  return {
    code: 'F0221',
    severity: 'warning',
    blame: 'input',
    message: `rustflags for \`${triple}\` change the very cfg they depend on`,
    hints: ["do not set `--cfg` in a `target.'cfg(…)'.rustflags` whose condition it decides"],
  };
}
