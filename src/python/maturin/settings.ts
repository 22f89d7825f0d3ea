import type { GeneratedBindings } from './crate-facts.ts';

/** What `[tool.maturin]` says, as far as it matters for a wheel (maturin 1.16 `src/pyproject_toml.rs`, `ToolMaturin`). Paths are as written: relative to `pyproject.toml`. */
export interface MaturinSettings {
  readonly manifestPath: string | undefined;
  /** `foo.bar._core`; see `layout.ts` for the name without it. */
  readonly moduleName: string | undefined;
  /** `undefined`: found out from what the crate depends on. */
  readonly bindings: 'pyo3' | 'pyo3-ffi' | 'bin' | GeneratedBindings | undefined;
  readonly pythonSource: string | undefined;
  readonly pythonPackages: readonly string[];
  /** Those that concern wheels. */
  readonly include: readonly IncludePattern[];
  /** Those that concern wheels, as lines of a `.gitignore`. */
  readonly exclude: readonly string[];
  /** Directory with `scripts`, `headers`, `data`, `purelib`, `platlib`; `undefined`: `MODULE.data`, if it is there. */
  readonly data: string | undefined;
  /** Cargo targets to be built; empty: the library, or every program. */
  readonly targets: readonly CargoTargetSetting[];
  readonly profile: string | undefined;
  readonly editableProfile: string | undefined;
  readonly features: readonly FeatureSetting[];
  readonly allFeatures: boolean;
  readonly noDefaultFeatures: boolean;
  /** `--config` words for cargo. */
  readonly cargoConfig: readonly string[];
  /** `-Z` words for cargo. */
  readonly unstableFlags: readonly string[];
  readonly rustcArguments: readonly string[];
  /** Symbols are stripped from what is compiled last (`-C strip=symbols`). */
  readonly strip: boolean;
  /** `undefined`: the best tag that the compiled code allows. */
  readonly compatibility: Compatibility | undefined;
  /** What to do about shared libraries that the platform does not promise; `undefined`: not said. */
  readonly audit: 'repair' | 'check' | 'warn' | 'skip' | undefined;
  /** Documents that go to `sboms/` of the dist-info. */
  readonly sbomIncludes: readonly string[];
  /** Oldest macOS by target triple: `11.0`. */
  readonly deploymentTargets: Readonly<Record<string, string>>;
}

export type IncludePattern =
  | { readonly kind: 'source'; readonly path: string }
  /** Files that the build script of `crate` (undefined: of the package itself) wrote to its `OUT_DIR`. */
  | { readonly kind: 'out-dir'; readonly path: string; readonly to: string; readonly crate: string | undefined };

export interface CargoTargetSetting {
  readonly name: string;
  /** `bin`, `cdylib`, …; `undefined`: whatever it is. */
  readonly kind: string | undefined;
}

export interface FeatureSetting {
  readonly feature: string;
  /** Specifiers (PEP 440) for `MAJOR.MINOR` of the interpreter; `undefined`: any. */
  readonly pythonVersion: string | undefined;
  /** `cpython`, `pypy`; compared without case; `undefined`: any. */
  readonly pythonImplementation: string | undefined;
}

export type Compatibility =
  /** `linux` and `off`: no promise beyond this machine. */
  | { readonly kind: 'linux' }
  /** The best tag, which has to be one that PyPI takes. */
  | { readonly kind: 'pypi' }
  | { readonly kind: 'manylinux' | 'musllinux'; readonly major: number; readonly minor: number };

/** What holds where there is no `[tool.maturin]`. */
export const NO_SETTINGS: MaturinSettings = {
  manifestPath: undefined,
  moduleName: undefined,
  bindings: undefined,
  pythonSource: undefined,
  pythonPackages: [],
  include: [],
  exclude: [],
  data: undefined,
  targets: [],
  profile: undefined,
  editableProfile: undefined,
  features: [],
  allFeatures: false,
  noDefaultFeatures: false,
  cargoConfig: [],
  unstableFlags: [],
  rustcArguments: [],
  strip: false,
  compatibility: undefined,
  audit: undefined,
  sbomIncludes: [],
  deploymentTargets: {},
};

/** `manylinux2014`, `2_28`, `musllinux_1_2`, `linux`, `off`, `pypi` (maturin `src/auditwheel/platform_tag.rs`); `undefined`: none of them. */
export function parseCompatibility(written: string): Compatibility | undefined {
  const text = written.toLowerCase();
  if (text === 'off' || text === 'linux') return { kind: 'linux' };
  if (text === 'pypi') return { kind: 'pypi' };
  const legacy = LEGACY_MINORS[text.replace(/^manylinux/, '')];
  if (legacy !== undefined && !text.startsWith('manylinux_')) return { kind: 'manylinux', major: 2, minor: legacy };
  const match = /^(?:(many|musl)linux_)?(\d+)_(\d+)(?:_|$)/.exec(text);
  if (match === null) return undefined;
  return { kind: match[1] === 'musl' ? 'musllinux' : 'manylinux', major: Number(match[2]), minor: Number(match[3]) };
}

const LEGACY_MINORS: Readonly<Record<string, number>> = { '1': 5, '2010': 12, '2014': 17 };
