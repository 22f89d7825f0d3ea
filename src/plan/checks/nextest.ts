import { join, relative } from 'node:path';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { InputEntry } from '../../model/tree.ts';
import { BUILD_ROOT, relativeToRoot } from '../../rust/layout.ts';
import type { TestRun } from '../../rust/planned-unit.ts';
import type { Package } from '../../rust/unit.ts';
import type { Store } from '../../store/store.ts';
import type { WorkspacePlan } from '../workspace-plan.ts';
import { nextestMetadata } from './nextest-metadata.ts';
import type { RunAdditions } from './package-run.ts';
import type { FoundTool } from './tools.ts';

/** How cargo-nextest is started for one test program. */
export interface NextestCommand {
  readonly arguments: readonly string[];
  readonly inputs: ReadonlyMap<string, InputEntry>;
  readonly additions: RunAdditions;
}

const PLACE = `${BUILD_ROOT}/nextest`;

/** Where it can write. */
const RESULTS = `${BUILD_ROOT}/out/nextest`;

/** A report for every profile that has none of its own: what the workspace configures goes first. */
const CONFIGURATION = `[store]\ndir = "${RESULTS}"\n\n[profile.default.junit]\npath = "ferrule.xml"\n`;

/** What of the workspace's root it looks at; the settings by a pattern, since they need not be there. */
const READS = ['Cargo.toml', '.config/nextest.tom[l]'];

const NO_TESTS = '<?xml version="1.0" encoding="UTF-8"?><testsuites name="nextest-run" tests="0"></testsuites>';

/** Runs its arguments and prints the report behind their errors; of no tests nextest writes none. */
const WITH_REPORT = `"$@"; status=$?
if ! cat ${RESULTS}/*/*.xml >&2 2> /dev/null && [ $status -eq 0 ]; then echo '${NO_TESTS}' >&2; fi
exit $status`;

/**
 * Runs a test program by cargo-nextest, a process for each test, as the workspace's `.config/nextest.toml` has it. Nextest is told what it
 * would ask cargo.
 */
export function nextestCommand(options: {
  readonly plan: WorkspacePlan;
  readonly pkg: Package;
  readonly run: TestRun;
  readonly nextest: FoundTool;
  /** What follows `--` of `cargo nextest run`. */
  readonly words: readonly string[];
  readonly additions: RunAdditions;
  readonly store: Store;
}): NextestCommand {
  const { plan, pkg, run, nextest, words, additions, store } = options;
  const { binaries, cargo } = nextestMetadata(plan, run);
  const texts = { 'binaries.json': JSON.stringify(binaries), 'cargo.json': JSON.stringify(cargo), 'report.toml': CONFIGURATION };
  const inputs = new Map<string, InputEntry>([
    [relativeToRoot(`${PLACE}/cargo-nextest`), { kind: 'file', digest: nextest.digest, executable: true }],
  ]);
  for (const [name, text] of Object.entries(texts))
    inputs.set(relativeToRoot(`${PLACE}/${name}`), { kind: 'file', digest: store.putBlob(text), executable: false });
  const start = ['/bin/sh', '-c', WITH_REPORT, 'sh', `${PLACE}/cargo-nextest`, 'nextest', 'run'];
  const asked = ['--binaries-metadata', `${PLACE}/binaries.json`, '--cargo-metadata', `${PLACE}/cargo.json`];
  const manner = ['--tool-config-file', `ferrule:${PLACE}/report.toml`, '--no-fail-fast', '--no-tests=pass', '--color=always'];
  return {
    arguments: [...start, ...asked, ...manner, ...(words.length === 0 ? [] : ['--', ...words])],
    inputs,
    additions: {
      ...additions,
      inputs: [...additions.inputs, ...READS.map((file) => relative(pkg.root, join(plan.facts.workspaceRoot, file)))],
      environment: { ...runnerVariable(plan, run), ...additions.environment },
    },
  };
}

/** The configured runner, which nextest would read from configuration that is not there. */
function runnerVariable(plan: WorkspacePlan, run: TestRun): Readonly<Record<string, string>> {
  const runner = run.arguments.slice(0, -1);
  if (runner.length === 0) return {};
  const triple = plan.units[run.unit]?.unit.platform ?? plan.facts.toolchain.host;
  return { [`CARGO_TARGET_${triple.toUpperCase().replaceAll('-', '_')}_RUNNER`]: runner.join(' ') };
}

/** F1076: it is not on this machine. */
export const NEXTEST_MISSING: Diagnostic = {
  code: 'F1076',
  severity: 'error',
  blame: 'input',
  message: 'there is no `cargo-nextest` on this machine',
  hints: [
    'run `cargo install cargo-nextest --locked`, or install it from a package',
    'or let the tests be run by their own harness: `--runner cargo`',
  ],
};

/** F1077: what nextest is told holds paths that only a sandbox has. */
export const NEXTEST_NEEDS_SANDBOX: Diagnostic = {
  code: 'F1077',
  severity: 'error',
  blame: 'infrastructure',
  message: 'cargo-nextest needs a sandbox to be driven in',
  hints: ['install bubblewrap, or let the tests be run by their own harness: `--runner cargo`'],
};
