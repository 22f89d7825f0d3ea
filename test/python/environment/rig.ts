import { execFileSync } from 'node:child_process';
import type { Diagnostic } from '../../../src/diagnostics/diagnostic.ts';
import { normalizeName } from '../../../src/python/distribution-name.ts';
import type { CompositionPolicy, EnvironmentPart, EnvironmentRequest } from '../../../src/python/environment.ts';
import type { ComposedEnvironment, EnvironmentPlan } from '../../../src/python/environment/environment-plan.ts';
import { planEnvironment } from '../../../src/python/environment/plan-environment.ts';
import { writeEnvironment } from '../../../src/python/environment/write-environment.ts';
import type { InstalledInterpreter } from '../../../src/python/interpreter.ts';
import type { UnpackedWheel, WheelFacts } from '../../../src/python/wheel.ts';
import type { DirectoryStore } from '../../../src/store/directory-store.ts';
import type { TreeContent } from '../../../src/store/trees.ts';

export const NO_POLICY: CompositionPolicy = { collisions: [], removals: [], libraries: [] };

/** A distribution made by the test: files below `site/`, `data/`, `scripts/` and `headers/`, and its metadata. */
export interface MadeDistribution {
  readonly name: string;
  readonly version?: string;
  /** Content by path in the wheel's tree; `!` at the end of a path makes the file executable. */
  readonly files: Readonly<Record<string, string | Uint8Array>>;
  readonly facts?: Partial<WheelFacts>;
  readonly directUrl?: string;
}

export function wheelOf(store: DirectoryStore, { name, version = '1.0', files, facts = {} }: MadeDistribution): UnpackedWheel {
  const distInfo = `${name.replaceAll('-', '_')}-${version}.dist-info`;
  const entries = new Map<string, TreeContent>([
    [`site/${distInfo}/METADATA`, file(`Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`)],
    [`site/${distInfo}/WHEEL`, file('Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n')],
    [`site/${distInfo}/RECORD`, file('')],
  ]);
  for (const [path, content] of Object.entries(files)) entries.set(path.replace(/!$/, ''), file(content, path.endsWith('!')));
  return {
    tree: store.putTree(entries),
    facts: {
      name: normalizeName(name),
      metadataName: name,
      version,
      distInfo,
      tags: ['py3-none-any'],
      entryPoints: { console: [], gui: [] },
      nativeObjects: [],
      namespaces: [],
      recordProblems: [],
      ...facts,
    },
  };
}

export function wheelPart(store: DirectoryStore, made: MadeDistribution): EnvironmentPart {
  const { name, version = '1.0', directUrl } = made;
  return { kind: 'wheel', wheel: wheelOf(store, made), origin: { name: normalizeName(name), version, span: undefined, directUrl } };
}

function file(content: string | Uint8Array, executable = false): TreeContent {
  return { kind: 'file', bytes: typeof content === 'string' ? Buffer.from(content) : content, executable };
}

export interface Composition {
  readonly store: DirectoryStore;
  readonly parts: readonly EnvironmentPart[];
  readonly policy?: CompositionPolicy;
  readonly name?: string;
  readonly interpreter?: InstalledInterpreter;
  readonly libraryDirectories?: readonly string[];
}

export function request({ parts, policy = NO_POLICY, name = 'demo', interpreter = testInterpreter() }: Composition): EnvironmentRequest {
  const sorted = parts.toSorted((left, right) => (left.origin.name < right.origin.name ? -1 : 1));
  return { name, interpreter, parts: sorted, policy };
}

/** The plan and its warnings; throws when there are errors. */
export function planned(composition: Composition): { readonly plan: EnvironmentPlan; readonly warnings: readonly Diagnostic[] } {
  const { store, libraryDirectories } = composition;
  const result = planEnvironment({
    request: request(composition),
    store,
    ...(libraryDirectories === undefined ? {} : { libraryDirectories }),
  });
  if (!result.ok) throw new Error(`the plan failed:\n${JSON.stringify(result.diagnostics, undefined, 1)}`);
  return { plan: result.value, warnings: result.warnings ?? [] };
}

export function composed(composition: Composition): ComposedEnvironment {
  return writeEnvironment({ store: composition.store, plan: planned(composition).plan });
}

/** What a plan is refused for. */
export function refusal(composition: Composition): readonly Diagnostic[] {
  const result = planEnvironment({ request: request(composition), store: composition.store });
  if (result.ok) throw new Error('the plan did not fail');
  return result.diagnostics;
}

let found: InstalledInterpreter | undefined;

/** The machine's `python3`, as data. */
export function testInterpreter(): InstalledInterpreter {
  found ??= probe('python3');
  return found;
}

const PROBE = `
import json, os, platform, sys, sysconfig
print(json.dumps({
  "executable": os.path.realpath(getattr(sys, "_base_executable", sys.executable)), "prefix": sys.base_prefix,
  "full": platform.python_version(), "version": sys.version_info[:3], "machine": platform.machine(),
  "suffix": sysconfig.get_config_var("EXT_SUFFIX"),
}))
`;

export function probe(program: string): InstalledInterpreter {
  const answer: {
    readonly executable: string;
    readonly prefix: string;
    readonly full: string;
    readonly version: readonly [number, number, number];
    readonly machine: string;
    readonly suffix: string;
  } = JSON.parse(execFileSync(program, ['-I', '-c', PROBE], { encoding: 'utf8' }));
  const [major, minor, micro] = answer.version;
  return {
    executable: answer.executable,
    prefix: answer.prefix,
    interpreter: {
      implementation: 'cpython',
      version: { major, minor, micro, full: answer.full },
      freeThreaded: false,
      debug: false,
      pointerWidth: 64,
      platform: { os: 'linux', arch: answer.machine, libc: { kind: 'glibc', major: 2, minor: 36 } },
      markers: {
        implementation_name: 'cpython',
        implementation_version: answer.full,
        os_name: 'posix',
        platform_machine: answer.machine,
        platform_python_implementation: 'CPython',
        platform_release: '',
        platform_system: 'Linux',
        platform_version: '',
        python_full_version: answer.full,
        python_version: `${major}.${minor}`,
        sys_platform: 'linux',
      },
      extensionSuffix: answer.suffix,
    },
  };
}
