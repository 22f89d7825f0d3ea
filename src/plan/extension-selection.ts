import { basename } from 'node:path';
import { type Diagnostic, fail, ok, type Result } from '../diagnostics/diagnostic.ts';
import type { Interpreter } from '../python/interpreter.ts';
import type { FeatureSetting, MaturinSettings } from '../python/maturin/settings.ts';
import { parseSpecifiers, satisfies } from '../python/version/specifier.ts';
import { parseVersion } from '../python/version/version.ts';
import type { CargoSelection } from '../rust/selection.ts';

/** What of a package is compiled for a wheel. */
export type ExtensionKind =
  /** Its library, as one dynamic library. */
  | { readonly kind: 'module' }
  /** Programs by name; empty: all of them. */
  | { readonly kind: 'programs'; readonly names: readonly string[] };

/** Settings of `[tool.maturin]` that decide what cargo is asked. */
export type CompileSettings = Pick<
  MaturinSettings,
  | 'bindings'
  | 'features'
  | 'allFeatures'
  | 'noDefaultFeatures'
  | 'profile'
  | 'editableProfile'
  | 'cargoConfig'
  | 'unstableFlags'
  | 'rustcArguments'
  | 'strip'
>;

export interface SelectionQuestion {
  /** Name of the Cargo package. */
  readonly package: string;
  readonly wanted: ExtensionKind;
  readonly settings: CompileSettings;
  readonly interpreter: Interpreter;
  /** Asked for by the user; `undefined`: the settings decide, and then it is `release`. */
  readonly profile: string | undefined;
  /** The wheel is for an editable installation. */
  readonly editable: boolean;
  /** `undefined`: the host, or what cargo's configuration says. */
  readonly target: string | undefined;
  /** Features beyond those of the settings. */
  readonly features: readonly string[];
  /** It counts what is executed; absent: it does not. */
  readonly coverage?: boolean;
}

/** The build as maturin asks cargo for it (maturin `src/compile.rs`). Fails with F0998 on settings that change cargo in ways that are not followed. */
export function extensionSelection(question: SelectionQuestion): Result<CargoSelection> {
  const { wanted, settings, interpreter } = question;
  const problems = unsupportedSettings(settings);
  if (problems.length > 0) return fail(...problems);
  const editable = question.editable ? settings.editableProfile : undefined;
  const rustcArguments = [...settings.rustcArguments, ...(settings.strip ? ['-C', 'strip=symbols'] : [])];
  return ok({
    command: 'build',
    packages: [question.package],
    workspace: false,
    targets: wanted.kind === 'module' ? ['--lib'] : programTargets(wanted.names),
    features: [...new Set([...enabledFeatures(settings.features, interpreter), ...question.features])],
    allFeatures: settings.allFeatures,
    noDefaultFeatures: settings.noDefaultFeatures,
    profile: question.profile ?? editable ?? settings.profile ?? 'release',
    target: question.target,
    ...(wanted.kind === 'module' ? { crateTypes: ['cdylib'] } : {}),
    ...(rustcArguments.length > 0 ? { rustcArguments } : {}),
    ...(settings.cargoConfig.length > 0 ? { config: settings.cargoConfig } : {}),
    ...(question.coverage === true ? { coverage: true } : {}),
  });
}

/**
 * What the linker has to be told for an extension module, at the last unit alone: on macOS, that Python's symbols come later, and the
 * file's own name. `file`: `_core.abi3.so`.
 */
export function moduleLinkArguments(triple: string, file: string): readonly string[] {
  if (!triple.includes('-apple-darwin')) return [];
  return ['-C', 'link-arg=-undefined', '-C', 'link-arg=dynamic_lookup', '-C', `link-args=-Wl,-install_name,@rpath/${basename(file)}`];
}

/**
 * The user's variables as cargo gets them for an extension module. With musl, Rust links programs statically, and then it cannot make a
 * library that Python loads: every crate has to be compiled for dynamic linking.
 */
export function moduleEnvironment(environment: Readonly<Record<string, string>>, triple: string): Readonly<Record<string, string>> {
  if (!triple.includes('-musl')) return environment;
  const encoded = environment['CARGO_ENCODED_RUSTFLAGS'];
  if (encoded !== undefined) return { ...environment, CARGO_ENCODED_RUSTFLAGS: [...encoded.split('\x1f'), ...DYNAMIC].join('\x1f') };
  const platform = `CARGO_TARGET_${triple.toUpperCase().replaceAll('-', '_')}_RUSTFLAGS`;
  const name = environment['RUSTFLAGS'] === undefined ? platform : 'RUSTFLAGS';
  return { ...environment, [name]: [environment[name] ?? '', ...DYNAMIC].join(' ').trim() };
}

const DYNAMIC = ['-C', 'target-feature=-crt-static'] as const;

function programTargets(names: readonly string[]): readonly string[] {
  return names.length === 0 ? ['--bins'] : names.map((name) => `--bin=${name}`);
}

/** Features whose conditions an interpreter meets; a condition that is no specifier holds for none. */
export function enabledFeatures(features: readonly FeatureSetting[], interpreter: Interpreter): readonly string[] {
  const { major, minor } = interpreter.version;
  const version = parseVersion(`${major}.${minor}`);
  return features
    .filter(({ pythonVersion, pythonImplementation }) => {
      if (pythonImplementation !== undefined && pythonImplementation.toLowerCase() !== interpreter.implementation) return false;
      if (pythonVersion === undefined) return true;
      const specifiers = parseSpecifiers(pythonVersion);
      return specifiers !== undefined && version !== undefined && satisfies(specifiers, version);
    })
    .map(({ feature }) => feature);
}

function unsupportedSettings(settings: CompileSettings): readonly Diagnostic[] {
  const config = settings.cargoConfig.filter((setting) => !setting.startsWith('profile.'));
  return [
    ...(config.length > 0 ? [unsupported('config', config)] : []),
    ...(settings.unstableFlags.length > 0 ? [unsupported('unstable-flags', settings.unstableFlags)] : []),
  ];
}

function unsupported(key: string, values: readonly string[]): Diagnostic {
  return {
    code: 'F0998',
    severity: 'error',
    blame: 'input',
    message: `\`${key}\` of \`[tool.maturin]\` is not supported for these values`,
    facts: values.map((value) => ['value', value] as const),
    hints: ['put the setting into `.cargo/config.toml` beside the manifest, where every cargo reads it'],
  };
}
