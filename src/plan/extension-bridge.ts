import { type Diagnostic, fail, ok, type Result } from '../diagnostics/diagnostic.ts';
import type { GeneratedBindings, StableAbi } from '../python/maturin/crate-facts.ts';
import type { MaturinSettings } from '../python/maturin/settings.ts';
import type { Unit, UnitGraph } from '../rust/unit.ts';

/** How compiled code meets Python, by what it depends on (maturin `src/bridge/detection.rs`). */
export interface ExtensionBridge {
  /** `undefined`: nothing of it knows Python, as with plain programs. */
  readonly pyo3: Pyo3 | undefined;
  /** What makes the Python side of a library that has none; `undefined`: it has one, or it is programs. */
  readonly generated: GeneratedBindings | undefined;
}

export interface Pyo3 {
  /** Which of the two the code is written against; its features decide. */
  readonly crate: 'pyo3' | 'pyo3-ffi';
  readonly version: Pyo3Version;
  /** As the features ask for, all Pythons considered; see {@link stableAbiFor} for one of them. Empty: version-specific. */
  readonly stableAbis: readonly StableAbi[];
  /** The crate was told by a feature that it is no program's: since pyo3 0.26 the environment says so. */
  readonly extensionModule: boolean;
}

export interface Pyo3Version {
  readonly minor: number;
  /** As cargo has it. */
  readonly text: string;
}

/** The first version that reads `PYO3_CONFIG_FILE`. */
const FIRST_WITH_CONFIGURATION = 14;

/**
 * Finds out from the libraries of the selected units how they meet Python. Fails with F0995 when a module is asked for and there is no
 * way to it, F0996 when pyo3 is too old to be told its interpreter.
 */
export function extensionBridge(options: {
  readonly graph: UnitGraph;
  readonly kind: 'module' | 'programs';
  /** As `[tool.maturin]` has it. */
  readonly bindings: MaturinSettings['bindings'];
}): Result<ExtensionBridge> {
  const { graph, kind, bindings } = options;
  const libraries = librariesBelow(graph);
  const found = libraries.get('pyo3') ?? libraries.get('pyo3-ffi');
  const root = graph.units[graph.roots[0] ?? -1];
  if (bindings === 'cffi' || bindings === 'uniffi') return ok({ pyo3: undefined, generated: bindings });
  if (found === undefined) {
    if (kind === 'programs' || root === undefined) return ok({ pyo3: undefined, generated: undefined });
    const isDynamic = root.package.targets.some((target) => target.crateTypes.includes('cdylib'));
    if (bindings !== undefined || !isDynamic) return fail(notWithPyo3(root));
    return ok({ pyo3: undefined, generated: libraries.has('uniffi') ? 'uniffi' : 'cffi' });
  }
  const { name, version } = found.package;
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major === 0 && minor < FIRST_WITH_CONFIGURATION) return fail(tooOld(found));
  const features = [...(libraries.get('pyo3-ffi')?.features ?? []), ...(libraries.get('pyo3')?.features ?? [])];
  return ok({
    pyo3: {
      crate: name === 'pyo3' ? 'pyo3' : 'pyo3-ffi',
      version: { minor: major > 0 ? Infinity : minor, text: version },
      stableAbis: (['abi3', 'abi3t'] as const).flatMap((abi) => stableAbi(abi, features) ?? []),
      extensionModule: features.includes('extension-module'),
    },
    generated: undefined,
  });
}

/** The lowest `abi3-py3N` counts; `undefined`: not asked for. */
function stableAbi(kind: StableAbi['kind'], features: readonly string[]): StableAbi | undefined {
  const minors = features.flatMap((feature) => {
    const match = /^(abi3t?)-py3(\d+)$/.exec(feature);
    return match?.[1] === kind ? [Number(match[2])] : [];
  });
  if (minors.length > 0) return { kind, minimum: { major: 3, minor: Math.min(...minors) } };
  return features.includes(kind) ? { kind, minimum: undefined } : undefined;
}

/** Code libraries of the selected units that end up in them, by package name, proc macros and build scripts not followed. */
function librariesBelow(graph: UnitGraph): ReadonlyMap<string, Unit> {
  const found = new Map<string, Unit>();
  const seen = new Set<number>();
  const pending = [...graph.roots];
  for (let index = pending.pop(); index !== undefined; index = pending.pop()) {
    const unit = graph.units[index];
    if (unit === undefined || seen.has(index)) continue;
    seen.add(index);
    if (unit.mode !== 'build' || unit.target.kinds.includes('proc-macro') || unit.target.kinds.includes('custom-build')) continue;
    if (!unit.isRoot) found.set(unit.package.name, unit);
    pending.push(...unit.dependencies.map((dependency) => dependency.index));
  }
  return found;
}

function notWithPyo3(root: Unit): Diagnostic {
  const { name, version } = root.package;
  return {
    code: 'F0995',
    severity: 'error',
    blame: 'input',
    message: `\`${name}\` does not use pyo3, so it is no extension module that Ferrule can pack`,
    facts: [['package', `${name} v${version}`]],
    hints: [
      'add `pyo3` to its dependencies, or check that no feature turns it off',
      'or give its `[lib]` the `crate-type` `cdylib`, for a library that Python opens with cffi',
      'or set `bindings = "bin"` in `[tool.maturin]` for a wheel of programs',
    ],
  };
}

function tooOld(unit: Unit): Diagnostic {
  const { name, version } = unit.package;
  return {
    code: 'F0996',
    severity: 'error',
    blame: 'input',
    message: `\`${name}\` ${version} cannot be told which Python it is built for: it looks for one on the machine`,
    hints: [`run \`cargo update --package ${name}\` after asking for ${name} 0.${FIRST_WITH_CONFIGURATION} or newer`],
  };
}
