import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { type Diagnostic, fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import type { InputEntry } from '../../model/tree.ts';
import type { ProcessRunner } from '../../rust/cargo/process.ts';
import { relativeToRoot, type SandboxPath, TOOLCHAIN_ROOT } from '../../rust/layout.ts';
import type { Toolchain } from '../../rust/toolchain.ts';
import type { Store } from '../../store/store.ts';
import { findProgram } from '../find-program.ts';

/** The two programs of LLVM that read what rustc's counters leave, as an action has them. */
export interface LlvmTools {
  readonly profdata: SandboxPath;
  readonly cov: SandboxPath;
  readonly inputs: ReadonlyMap<string, InputEntry>;
  /** What they say of themselves, for the key: they load a library that is no input. `undefined`: they come with the toolchain. */
  readonly version: string | undefined;
  /** Absolute: where they were found; none where they come with the toolchain. */
  readonly places: readonly string[];
}

const NAMES = ['llvm-profdata', 'llvm-cov'] as const;

const TOOLS_ROOT = '/build/tools';

/**
 * The toolchain's own (rustup's component `llvm-tools`), else those of the `PATH` whose major version is that of rustc's LLVM: the raw
 * format changes with it. F1070: there are none.
 */
export async function findLlvmTools(options: {
  readonly toolchain: Toolchain;
  readonly searchPath: string;
  readonly store: Store;
  readonly run: ProcessRunner;
}): Promise<Result<LlvmTools>> {
  const { toolchain, store } = options;
  const own = `lib/rustlib/${toolchain.host}/bin`;
  if (NAMES.every((name) => existsSync(join(toolchain.sysroot, own, name)))) {
    const [profdata, cov] = NAMES.map((name) => `${TOOLCHAIN_ROOT}/${own}/${name}`);
    const inputs = new Map([[relativeToRoot(TOOLCHAIN_ROOT), { kind: 'tree', digest: toolchain.tree } as const]]);
    return ok({ profdata: profdata ?? '', cov: cov ?? '', inputs, version: undefined, places: [] });
  }
  const wanted = llvmVersion(toolchain.rustcVerboseVersion);
  const [profdata, cov] = await Promise.all(NAMES.map(async (name) => await findOnPath({ ...options, name, major: majorOf(wanted) })));
  if (profdata?.fits !== true || cov?.fits !== true) return fail(missingTools(toolchain, wanted, [profdata, cov]));
  const [profdataPath, covPath] = NAMES.map((name) => `${TOOLS_ROOT}/${name}`);
  const inputs = [profdata, cov].map(({ path }, index): [string, InputEntry] => [
    relativeToRoot(`${TOOLS_ROOT}/${NAMES[index] ?? ''}`),
    { kind: 'file', digest: store.copyFile(realpathSync(path), { executable: true }), executable: true },
  ]);
  return ok({
    profdata: profdataPath ?? '',
    cov: covPath ?? '',
    inputs: new Map(inputs),
    version: cov.version,
    places: [profdata.path, cov.path],
  });
}

interface FoundOnPath {
  readonly path: string;
  readonly version: string;
  /** Its major version is the one that is wanted. */
  readonly fits: boolean;
}

/** The first that fits, else the first there is; Debian's packages carry the major version in the program's name. */
async function findOnPath(options: {
  readonly name: string;
  readonly major: string;
  readonly searchPath: string;
  readonly run: ProcessRunner;
}): Promise<FoundOnPath | undefined> {
  const { name, major, searchPath, run } = options;
  const paths = searchPath
    .split(':')
    .flatMap((directory) => [`${name}-${major}`, name].flatMap((program) => findProgram(program, directory) ?? []));
  let other: FoundOnPath | undefined;
  for (const path of new Set(paths)) {
    const said = await run({ program: path, arguments: ['--version'], environment: { PATH: searchPath }, directory: '/' });
    const version = llvmVersion(said.stdout);
    if (majorOf(version) === major) return { path, version, fits: true };
    other ??= { path, version, fits: false };
  }
  return other;
}

/** `22.1.2` of `LLVM version: 22.1.2` and `Debian LLVM version 22.1.8`; empty: the text says nothing of it. */
function llvmVersion(text: string): string {
  return /LLVM version:? (\S+)/.exec(text)?.[1] ?? '';
}

function majorOf(version: string): string {
  return version.split('.')[0] ?? '';
}

function missingTools(toolchain: Toolchain, wanted: string, found: readonly (FoundOnPath | undefined)[]): Diagnostic {
  const major = majorOf(wanted);
  return {
    code: 'F1070',
    severity: 'error',
    blame: 'input',
    message: "there are no LLVM tools that read this toolchain's coverage",
    facts: [
      ['toolchain', toolchain.sysroot],
      ['its LLVM', wanted],
      ...found.flatMap((tool) => (tool === undefined || tool.fits ? [] : [['found', `${tool.path} (${tool.version})`] as const])),
    ],
    hints: [
      'run `rustup component add llvm-tools`',
      `or install \`llvm-profdata\` and \`llvm-cov\` of LLVM ${major}, on Debian with \`apt-get install llvm-${major}\``,
    ],
  };
}
