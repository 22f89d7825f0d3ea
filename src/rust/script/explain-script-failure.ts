import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { installHints } from '../native/native-diagnostics.ts';
import { GIT_ROOT, REGISTRY_ROOT, type SandboxPath, SOURCE_ROOT } from '../layout.ts';

/** A build script that ended badly. */
export interface FailedScript {
  /** Everything it wrote, as the sandbox saw it: paths begin with `/build`. Some crates give their reason as a `cargo:warning`. */
  readonly stdout: string;
  readonly stderr: string;
  readonly crate: string;
  readonly version: string;
  /** The package's directory in the sandbox: where the script ran. */
  readonly packageRoot: SandboxPath;
  /** Whether this machine has a pkg-config module, declared or not. */
  readonly hasModule: (module: string) => boolean;
}

/**
 * Recognises a failure that the sandbox caused, or a lack of the machine, and says which line of `ferrule.toml` or which package
 * cures it. `undefined`: the script failed for a reason of its own. To be shown after the failure itself.
 */
export function explainScriptFailure(failed: FailedScript): Diagnostic | undefined {
  const text = `${failed.stderr}\n${failed.stdout}`;
  return (
    missingModule(text, failed) ??
    missingTool(text, failed) ??
    network(text, failed) ??
    readOnlySource(text, failed) ??
    undeclaredFile(text, failed)
  );
}

/** Words of pkg-config, pkgconf, the `pkg-config` crate (old and new) and `system-deps` for a module that is not there. */
const MODULE_MISSES: readonly RegExp[] = [
  /Package '?([^\s',]+)'?, required by '[^']+', (?:was )?not found/,
  /Package '?([^\s',]+)'? (?:was )?not found in the pkg-config search path/,
  /The system library `([^`]+)` required by crate `[^`]+` was not found/,
  /The file `([^`]+)\.pc` needs to be installed/,
  /`(?:\S+=\S+ )*"?(?:\S*\/)?pkg(?:-config|conf)"?(?: "?--?\S+"?)* "?([A-Za-z0-9][^\s"`]*)"?[^`]*` did not exit successfully/,
  /Could not find directory of (OpenSSL) installation/,
];

function missingModule(text: string, failed: FailedScript): Diagnostic | undefined {
  const found = firstMatch(text, MODULE_MISSES);
  if (found === undefined) return undefined;
  const module = found === 'OpenSSL' ? 'openssl' : found;
  const isThere = failed.hasModule(module);
  return {
    code: 'F0803',
    severity: 'error',
    blame: isThere ? 'input' : 'infrastructure',
    message: isThere
      ? `\`${failed.crate}\` looked for the system library \`${module}\`, which is installed but not declared`
      : `\`${failed.crate}\` looked for the system library \`${module}\`, which is neither declared nor installed`,
    facts: crateFacts(failed, module),
    hints: [...(isThere ? [] : installHints('module', module)), overrideHint(failed.crate, `pkg-config = [${JSON.stringify(module)}]`)],
  };
}

/** Words of the `cmake`, `cc`, `clang-sys`, `prost-build`, `capnpc` crates and others for a program that is not there. */
const TOOL_MISSES: readonly RegExp[] = [
  /[Ii]s `([^`]+)` (?:not )?installed\?/,
  /failed to find tool "([^"]+)"/,
  /Could not find `(protoc)`/,
  /Unable to find (libclang)/,
  /couldn't find any valid shared libraries matching: \['(libclang)/,
  /of the (capnp) executable is installed/,
  /The (pkg-config) command could not be found/,
  /^(?:\S*\/)?(?:ba|da|z)?sh: (?:line )?(?:\d+: )?([\w+.-]+): (?:command )?not found$/m,
  /(?:program|executable) [`"']?([\w+.-]+)[`"']? (?:was )?not found/,
];

function missingTool(text: string, failed: FailedScript): Diagnostic | undefined {
  const tool = firstMatch(text, TOOL_MISSES);
  if (tool === undefined) return undefined;
  return {
    code: 'F0804',
    severity: 'error',
    blame: 'infrastructure',
    message: `\`${failed.crate}\` ran \`${tool}\`, which is not there`,
    facts: crateFacts(failed, tool),
    hints: [...installHints('tool', tool), overrideHint(failed.crate, `tools = [${JSON.stringify(tool)}]`)],
  };
}

const NETWORK =
  /^.*(?:Temporary failure in name resolution|Could not resolve host|failed to lookup address|Name or service not known|Network is unreachable|dns error).*$/m;

function network(text: string, failed: FailedScript): Diagnostic | undefined {
  const line = NETWORK.exec(text)?.[0].trim();
  if (line === undefined) return undefined;
  return {
    code: 'F0422',
    severity: 'error',
    blame: 'build',
    message: `the build script of \`${failed.crate}\` reached for the network, which a build does not have`,
    facts: [...crateFacts(failed), ['it said', line]],
    hints: [
      'look in the documentation of the crate for a feature or variable that makes it use a local copy',
      overrideHint(failed.crate, 'environment = { NAME = "VALUE" }'),
    ],
  };
}

function readOnlySource(text: string, failed: FailedScript): Diagnostic | undefined {
  const line = /^.*(?:Read-only file system|ReadOnlyFilesystem|\(os error 30\)).*$/m.exec(text)?.[0].trim();
  if (line === undefined) return undefined;
  return {
    code: 'F0420',
    severity: 'error',
    blame: 'build',
    message: `the build script of \`${failed.crate}\` wrote outside \`OUT_DIR\``,
    facts: [...crateFacts(failed), ['it said', line]],
    hints: [
      'let the script write below the directory in `OUT_DIR`',
      `if it has to write beside its own sources, ${overrideHint(failed.crate, 'writable-source = true')}`,
    ],
  };
}

const SOURCE_PATH = new RegExp(String.raw`(?:${SOURCE_ROOT}|${REGISTRY_ROOT}|${GIT_ROOT})/[^\s"'\`:;,()]+`);

/** A path below the sources, named in the neighbourhood of "No such file". */
function undeclaredFile(text: string, failed: FailedScript): Diagnostic | undefined {
  const path = missingPath(text);
  if (path === undefined) return undefined;
  const relative = relativePath(failed.packageRoot, path);
  return {
    code: 'F0421',
    severity: 'error',
    blame: 'build',
    message: `the build script of \`${failed.crate}\` read \`${relative}\`, which is not there or not declared as its input`,
    facts: crateFacts(failed),
    hints: [`if the file exists, ${overrideHint(failed.crate, `inputs = [${JSON.stringify(relative)}]`)}`],
  };
}

function missingPath(text: string): string | undefined {
  const lines = text.split('\n');
  for (const [index, line] of lines.entries()) {
    if (!/No such file or directory|NotFound|\(os error 2\)|does not exist/.test(line)) continue;
    for (const near of [line, lines[index - 1] ?? '', lines[index + 1] ?? '']) {
      // The place of the panic is a path as well: it ends in `:LINE:COLUMN`.
      const path = SOURCE_PATH.exec(near.replaceAll(/\S+:\d+:\d+:?/g, ''))?.[0];
      if (path !== undefined) return path.replace(/\.$/, '');
    }
  }
  return undefined;
}

function relativePath(from: string, to: string): string {
  const base = from.split('/');
  const path = to.split('/');
  let shared = 0;
  while (shared < base.length && shared < path.length && base[shared] === path[shared]) shared += 1;
  return [...base.slice(shared).map(() => '..'), ...path.slice(shared)].join('/');
}

function firstMatch(text: string, patterns: readonly RegExp[]): string | undefined {
  for (const pattern of patterns) {
    const found = pattern.exec(text)?.[1];
    if (found !== undefined) return found;
  }
  return undefined;
}

function crateFacts({ crate, version }: FailedScript, needed?: string): readonly (readonly [label: string, value: string])[] {
  return [['crate', crate], ['version', version], ...(needed === undefined ? [] : [['needed', needed] as const])];
}

/** What to write into `ferrule.toml`, ready to be copied. */
function overrideHint(crate: string, line: string): string {
  return `add to \`ferrule.toml\`:\n[[override]]\ncrate = ${JSON.stringify(crate)}\n${line}`;
}
