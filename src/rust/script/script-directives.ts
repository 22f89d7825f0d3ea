import { type Diagnostic, fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import type { SandboxPath } from '../layout.ts';
import { directiveDiagnostic, scriptErrors } from './script-diagnostics.ts';
import { outputLines, readRustcFlags, splitOnce, trimEnd, withoutSearchKind } from './script-lines.ts';
import type { LinkArgument, LinkScope, LinkSearch, ScriptOutput } from './script-output.ts';
import { DirectiveError, type DirectiveLine } from './script-refusal.ts';
import { isBench, isBin, isCdylib, isExample, isLibrary, isTest } from './script-targets.ts';
import type { Package, TargetTraits } from '../unit.ts';

/** What {@link parseScriptOutput} needs to know besides the script's words. */
export interface ScriptWords {
  /** Everything the script wrote on standard output. The script ended with exit status 0. */
  readonly stdout: Uint8Array;
  /** The package for people, `serde v1.0.228`. */
  readonly label: string;
  readonly package: Pick<Package, 'rustVersion'> & { readonly targets: readonly TargetTraits[] };
  readonly outDirectory: SandboxPath;
  readonly bootstrap: BootstrapRule;
}

/** Who may set `RUSTC_BOOTSTRAP` from a build script: nobody, but on nightly it is only a warning. */
export interface BootstrapRule {
  /** The toolchain is a nightly or development one. */
  readonly nightly: boolean;
  /** `RUSTC_BOOTSTRAP` of the build itself: a list of crate names it is allowed for; `undefined` when not set. */
  readonly allowed: string | undefined;
}

/** A {@link ScriptOutput} while its lines are read. */
interface Draft {
  readonly linkLibraries: string[];
  readonly linkSearch: LinkSearch[];
  readonly linkArguments: LinkArgument[];
  readonly cfgs: string[];
  readonly checkCfgs: string[];
  readonly environment: (readonly [name: string, value: string])[];
  readonly metadata: (readonly [key: string, value: string])[];
  readonly warnings: string[];
  readonly errors: string[];
  readonly rerunIfChanged: string[];
  readonly rerunIfEnvChanged: string[];
}

/**
 * Reads a build script's words exactly as cargo 1.95 does (`src/cargo/core/compiler/custom_build.rs`, `BuildOutput::parse`).
 * Fails, with blame `build`, on a line that begins with `cargo::error=` and on the first instruction that cargo refuses; nothing
 * else of the output counts then. Lines that are not UTF-8 or hold no instruction are passed over.
 */
export function parseScriptOutput(words: ScriptWords): Result<ScriptOutput> {
  const failures = scriptErrors(words);
  if (failures.length > 0) return fail(...failures);
  const draft = emptyDraft();
  for (const line of outputLines(words.stdout)) {
    const refused = readLine(line, words, draft);
    if (refused !== undefined) return fail(refused);
  }
  return ok(draft);
}

/** Nothing said: the output of a script that prints no instruction. */
export const SILENT_SCRIPT: ScriptOutput = emptyDraft();

function emptyDraft(): Draft {
  return {
    linkLibraries: [],
    linkSearch: [],
    linkArguments: [],
    cfgs: [],
    checkCfgs: [],
    environment: [],
    metadata: [],
    warnings: [],
    errors: [],
    rerunIfChanged: [],
    rerunIfEnvChanged: [],
  };
}

/** Adds one line to the draft; the diagnostic when cargo refuses the line. */
function readLine(text: string, words: ScriptWords, draft: Draft): Diagnostic | undefined {
  const line = splitPrefix(text);
  if (line === undefined) return undefined;
  try {
    if (!line.oldSyntax) checkMinimumVersion(line, words.package.rustVersion);
    applyDirective(line, words, draft);
    return undefined;
  } catch (error) {
    if (error instanceof DirectiveError) return directiveDiagnostic(error, line, words.label);
    throw error;
  }
}

function splitPrefix(text: string): DirectiveLine | undefined {
  if (text.startsWith('cargo::')) return { text, oldSyntax: false, data: text.slice(7) };
  if (text.startsWith('cargo:')) return { text, oldSyntax: true, data: text.slice(6) };
  return undefined;
}

/** Keys of the old syntax; every other `cargo:KEY` is metadata. No key can be added (cargo `RESERVED_PREFIXES`). */
const RESERVED = new Set([
  'rustc-flags',
  'rustc-link-lib',
  'rustc-link-search',
  'rustc-link-arg-cdylib',
  'rustc-cdylib-link-arg',
  'rustc-link-arg-bins',
  'rustc-link-arg-bin',
  'rustc-link-arg-tests',
  'rustc-link-arg-benches',
  'rustc-link-arg-examples',
  'rustc-link-arg',
  'rustc-cfg',
  'rustc-check-cfg',
  'rustc-env',
  'warning',
  'rerun-if-changed',
  'rerun-if-env-changed',
]);

function isReserved(data: string): boolean {
  const parts = splitOnce(data, '=');
  return parts !== undefined && RESERVED.has(parts[0]);
}

/** `cargo::` came with Rust 1.77: a package that promises to work with an older one may not print it. */
function checkMinimumVersion(line: DirectiveLine, rustVersion: string | undefined): void {
  if (rustVersion === undefined) return;
  const [major = 0, minor = 0] = rustVersion.split('.').map((part) => Number.parseInt(part, 10));
  if (major === 1 && minor >= 77) return;
  throw new DirectiveError({ kind: 'minimum-version', rustVersion, oldForm: oldSyntaxOf(line.data) });
}

/** The same instruction in the old syntax; `undefined` when it has none. */
function oldSyntaxOf(data: string): string | undefined {
  if (isReserved(data)) return `cargo:${data}`;
  return data.startsWith('metadata=') ? `cargo:${data.slice('metadata='.length)}` : undefined;
}

function keyAndValue(line: DirectiveLine): readonly [key: string, value: string] {
  if (line.oldSyntax && !isReserved(line.data)) return ['metadata', line.data];
  const parts = splitOnce(line.data, '=');
  if (parts === undefined) throw new DirectiveError({ kind: 'no-equals', expected: `${line.oldSyntax ? 'cargo:' : 'cargo::'}KEY=VALUE` });
  return [parts[0], trimEnd(parts[1])];
}

function applyDirective(line: DirectiveLine, words: ScriptWords, draft: Draft): void {
  const [key, value] = keyAndValue(line);
  const scope = linkScope(key);
  if (scope !== undefined) return addTargetArgument({ scope, key, value, line, words, draft });
  switch (key) {
    case 'rustc-flags': {
      const flags = readRustcFlags(value);
      draft.linkLibraries.push(...flags.libraries);
      for (const path of flags.paths) draft.linkSearch.push(searchPath(path, words.outDirectory));
      return;
    }
    case 'rustc-link-lib':
      draft.linkLibraries.push(value);
      return;
    case 'rustc-link-search':
      draft.linkSearch.push(searchPath(value, words.outDirectory));
      return;
    case 'rustc-link-arg-bin':
      return addBinArgument({ key, value, line, words, draft });
    case 'rustc-link-arg':
      draft.linkArguments.push({ scope: { kind: 'all' }, value });
      return;
    case 'rustc-cfg':
      draft.cfgs.push(value);
      return;
    case 'rustc-check-cfg':
      draft.checkCfgs.push(value);
      return;
    case 'rustc-env':
      return addEnvironment(value, words, draft);
    case 'error':
      draft.errors.push(value);
      return;
    case 'warning':
      draft.warnings.push(value);
      return;
    case 'rerun-if-changed':
      draft.rerunIfChanged.push(value);
      return;
    case 'rerun-if-env-changed':
      draft.rerunIfEnvChanged.push(value);
      return;
    case 'metadata': {
      const parts = splitOnce(value, '=');
      if (parts === undefined) throw new DirectiveError({ kind: 'no-equals', expected: metadataForm(line) });
      draft.metadata.push([parts[0], trimEnd(parts[1])]);
      return;
    }
    default:
      throw new DirectiveError({ kind: 'unknown-key', key });
  }
}

function metadataForm(line: DirectiveLine): string {
  return line.oldSyntax ? 'cargo:KEY=VALUE' : 'cargo::metadata=KEY=VALUE';
}

interface TargetScope {
  readonly kind: Exclude<LinkScope['kind'], 'all' | 'bin'>;
  /** cargo's word for the kind of target in its message. */
  readonly word: string;
  readonly exists: (target: TargetTraits) => boolean;
}

function linkScope(key: string): TargetScope | undefined {
  switch (key) {
    case 'rustc-link-arg-cdylib':
    case 'rustc-cdylib-link-arg':
      return { kind: 'cdylib', word: 'cdylib', exists: isCdylib };
    case 'rustc-link-arg-bins':
      return { kind: 'bins', word: 'bin', exists: isBin };
    case 'rustc-link-arg-tests':
      return { kind: 'tests', word: 'test', exists: isTest };
    case 'rustc-link-arg-benches':
      return { kind: 'benches', word: 'benchmark', exists: isBench };
    case 'rustc-link-arg-examples':
      return { kind: 'examples', word: 'example', exists: isExample };
    default:
      return undefined;
  }
}

interface LinkArgumentLine {
  readonly key: string;
  readonly value: string;
  readonly line: DirectiveLine;
  readonly words: ScriptWords;
  readonly draft: Draft;
}

function addTargetArgument({ scope, key, value, line, words, draft }: LinkArgumentLine & { readonly scope: TargetScope }): void {
  if (!words.package.targets.some(scope.exists)) {
    // Only a warning here: cargo 1.50 let it through by mistake and has to go on doing so.
    if (scope.kind !== 'cdylib') throw new DirectiveError({ kind: 'no-target', key, target: `a ${scope.word} target` });
    draft.warnings.push(
      `${line.oldSyntax ? 'cargo:' : 'cargo::'}${key} was specified in the build script of ${words.label}, but that package does not ` +
        'contain a cdylib target\n\nAllowing this was an unintended change in the 1.50 release, and may become an error in the future. ' +
        'For more information, see <https://github.com/rust-lang/cargo/issues/9562>.',
    );
  }
  draft.linkArguments.push({ scope: { kind: scope.kind }, value });
}

function addBinArgument({ key, value, words, draft }: LinkArgumentLine): void {
  const parts = splitOnce(value, '=');
  if (parts === undefined) throw new DirectiveError({ kind: 'bin-form', key, value });
  const [name, argument] = parts;
  if (!words.package.targets.some((target) => isBin(target) && target.name === name)) {
    throw new DirectiveError({ kind: 'no-target', key, target: `a bin target with the name \`${name}\`` });
  }
  draft.linkArguments.push({ scope: { kind: 'bin', name }, value: argument });
}

/** Build scripts cannot turn on unstable features (cargo issue 7088). */
function addEnvironment(value: string, words: ScriptWords, draft: Draft): void {
  const parts = splitOnce(value, '=');
  if (parts === undefined) throw new DirectiveError({ kind: 'no-variable-value', value });
  const [name, content] = parts;
  if (name !== 'RUSTC_BOOTSTRAP') {
    draft.environment.push([name, content]);
    return;
  }
  const library = libraryCrateName(words.package.targets);
  const allowed = library !== undefined && (words.bootstrap.allowed?.split(',').includes(library) ?? false);
  if (!words.bootstrap.nightly && !allowed) throw new DirectiveError({ kind: 'bootstrap', value: content, library: library ?? '1' });
  draft.warnings.push(
    `cannot set \`RUSTC_BOOTSTRAP=${content}\` from build script of \`${words.label}\`.\n` +
      'note: crates cannot set `RUSTC_BOOTSTRAP` themselves, as doing so would subvert the stability guarantees of Rust for your project.',
  );
}

function libraryCrateName(targets: readonly TargetTraits[]): string | undefined {
  return targets.find(isLibrary)?.name.replaceAll('-', '_');
}

function searchPath(value: string, outDirectory: SandboxPath): LinkSearch {
  const path = withoutSearchKind(value);
  return { value, inOutDirectory: path === outDirectory || path.startsWith(`${outDirectory}/`) };
}
