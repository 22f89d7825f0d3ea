import type { CompileUnit, ScriptRunUnit } from '../../src/rust/planned-unit.ts';
import { SILENT_SCRIPT } from '../../src/rust/script/script-directives.ts';
import type { ScriptOutput } from '../../src/rust/script/script-output.ts';
import type { Package, PackageTarget, TargetKind, Unit } from '../../src/rust/unit.ts';

/** A target of a manifest; executables are `bin` crates. */
export function target(kind: TargetKind, name: string, crateTypes: readonly string[] = [kind]): PackageTarget {
  return {
    kinds: [kind],
    crateTypes: ['test', 'bench', 'example'].includes(kind) ? ['bin'] : crateTypes,
    name,
    sourcePath: `/src/demo/${name}.rs`,
  };
}

/** A path package with those targets. */
export function packageWith(targets: readonly PackageTarget[], rustVersion?: string): Package {
  return {
    id: 'path+file:///src/demo#0.1.0',
    name: 'demo',
    version: '0.1.0',
    source: { kind: 'path' },
    root: '/src/demo',
    links: undefined,
    declaredFeatures: [],
    packageVariables: {},
    rustVersion,
    targets,
    lintFlags: [],
    isWorkspaceMember: true,
  };
}

/** A rustc call of one target of a package, with nothing but `rustc` on its command line. */
export function compileUnit(options: {
  readonly owner: Package;
  readonly target: PackageTarget;
  readonly mode?: Unit['mode'];
  readonly ownScript?: number;
  readonly linkScripts?: readonly number[];
  readonly pluginScripts?: readonly number[];
  readonly environment?: Readonly<Record<string, string>>;
}): CompileUnit {
  return {
    kind: 'compile',
    index: 0,
    unit: unitOf(options.owner, options.target, options.mode ?? 'build'),
    label: 'demo v0.1.0',
    metadata: '0123456789abcdef',
    unitId: 'fedcba9876543210',
    workingDirectory: '/build/src',
    environment: options.environment ?? {},
    arguments: ['rustc'],
    outputs: [],
    artifacts: [],
    ownScript: options.ownScript,
    linkScripts: options.linkScripts ?? [],
    pluginScripts: options.pluginScripts ?? [],
    links: false,
    showWarnings: true,
  };
}

/** The run of a package's build script. */
export function scriptRunUnit(changes: Partial<ScriptRunUnit>): ScriptRunUnit {
  return {
    kind: 'run-script',
    index: 0,
    unit: unitOf(packageWith([]), target('custom-build', 'build-script-build'), 'run-custom-build'),
    label: 'demo v0.1.0 (build script run)',
    metadata: '0123456789abcdef',
    unitId: 'fedcba9876543210',
    workingDirectory: '/build/src',
    environment: {},
    script: { unit: 1, file: 'build_script_build', path: '/build/target/debug/build/demo-1/build-script-build' },
    outDirectory: '/build/target/debug/build/demo-1/out',
    dependencyScripts: [],
    pluginScripts: [],
    override: undefined,
    ...changes,
  };
}

/** What a script said, silent but for the changes. */
export function said(changes: Partial<ScriptOutput>): ScriptOutput {
  return { ...SILENT_SCRIPT, ...changes };
}

/** Looks outputs up by number; asking for any other is a mistake. */
export function outputsOf(outputs: Readonly<Record<number, ScriptOutput>>): (unit: number) => ScriptOutput {
  return (unit) => {
    const output = outputs[unit];
    if (output === undefined) throw new Error(`asked for script ${unit}`);
    return output;
  };
}

function unitOf(owner: Package, declared: PackageTarget, mode: Unit['mode']): Unit {
  return {
    index: 0,
    package: owner,
    target: {
      kinds: declared.kinds,
      crateTypes: declared.crateTypes,
      name: declared.name,
      sourcePath: '/src/demo/src/lib.rs',
      edition: '2021',
      harness: true,
      requiredFeatures: [],
    },
    profile: {
      name: 'dev',
      optLevel: '0',
      lto: 'false',
      codegenBackend: null,
      codegenUnits: null,
      debuginfo: 0,
      splitDebuginfo: null,
      debugAssertions: true,
      overflowChecks: true,
      rpath: false,
      incremental: false,
      panic: 'unwind',
      strip: undefined,
      rustflags: [],
      trimPaths: undefined,
    },
    platform: null,
    mode,
    features: [],
    dependencies: [],
    isRoot: true,
  };
}
