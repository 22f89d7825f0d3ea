import { pointsPkgConfig } from '../rust/native/system-libraries.ts';

/**
 * Which of the user's variables an action may see. An action's environment is built from nothing; a variable of the user enters it
 * (and so its key) only when the action says that it reads it (`rerun-if-env-changed`, `env!`, `option_env!`) or `ferrule.toml` passes it.
 */
export interface HostEnvironment {
  /** Values of those `names` that are set and may be passed. */
  select(names: Iterable<string>): Readonly<Record<string, string>>;
  /** Every name that was asked for so far, set or not. */
  readonly asked: ReadonlySet<string>;
}

/** What every action starts from: the same on every machine. */
export const BASE_ENVIRONMENT = {
  PATH: '/build/toolchain/bin:/usr/local/bin:/usr/bin:/bin',
  HOME: '/tmp',
  TMPDIR: '/tmp',
  LANG: 'C.UTF-8',
  TZ: 'UTC',
  SOURCE_DATE_EPOCH: '315532800',
} as const;

/** Variables that describe this machine, this shell or Ferrule's own way of calling things: never passed, whoever asks. */
const PRIVATE = new Set([
  'PATH',
  'HOME',
  'PWD',
  'OLDPWD',
  'SHLVL',
  'SHELL',
  'USER',
  'LOGNAME',
  'HOSTNAME',
  'TERM',
  '_',
  'TMP',
  'TEMP',
  'TMPDIR',
  'LANG',
  'TZ',
  'LD_LIBRARY_PATH',
  'DYLD_LIBRARY_PATH',
  'DYLD_FALLBACK_LIBRARY_PATH',
  'MAKEFLAGS',
  'MFLAGS',
  'NUM_JOBS',
  'OUT_DIR',
  'TARGET',
  'HOST',
  'RUSTC',
  'RUSTDOC',
  'RUSTC_WRAPPER',
  'RUSTC_WORKSPACE_WRAPPER',
  'RUSTC_LINKER',
  'RUSTFLAGS',
  'RUSTDOCFLAGS',
  'RUSTC_BOOTSTRAP',
]);
const PRIVATE_PREFIXES = ['CARGO_', 'RUSTUP_', 'FERRULE_', 'DEP_'];

/** The user's environment as actions may see it. */
export function hostEnvironment(variables: Readonly<Record<string, string | undefined>>): HostEnvironment {
  const asked = new Set<string>();
  return {
    asked,
    select(names) {
      const selected: Record<string, string> = {};
      for (const name of names) {
        asked.add(name);
        const value = variables[name];
        if (value !== undefined && isPassable(name)) selected[name] = value;
      }
      return selected;
    },
  };
}

function isPassable(name: string): boolean {
  return !PRIVATE.has(name) && name !== 'CARGO' && !pointsPkgConfig(name) && !PRIVATE_PREFIXES.some((prefix) => name.startsWith(prefix));
}

/** Names that rustc's dep-info says the crate read with `env!` or `option_env!` (`# env-dep:NAME[=VALUE]` lines). */
export function environmentReads(depInfo: string): readonly string[] {
  const names: string[] = [];
  for (let at = depInfo.indexOf('# env-dep:'); at >= 0; at = depInfo.indexOf('\n# env-dep:', at)) {
    if (depInfo[at] === '\n') at += 1;
    const end = depInfo.indexOf('\n', at);
    const entry = depInfo.slice(at + '# env-dep:'.length, end < 0 ? undefined : end);
    names.push(entry.split('=', 1)[0] ?? entry);
    if (end < 0) break;
    at = end - 1;
  }
  return names;
}

/** The variable rustc says is missing, when that is why a compilation failed. */
export function undefinedVariables(rustcErrors: string): readonly string[] {
  return [...rustcErrors.matchAll(/environment variable `([^`]+)` not defined at compile time/g)].flatMap((match) => match[1] ?? []);
}
