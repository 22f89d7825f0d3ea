import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';

import { parse, TomlError, type TomlTable } from 'smol-toml';

import { type Diagnostic, fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import { ancestors } from './cargo-config.ts';
import { isTable } from './manifest.ts';

/** Which toolchain rustup would use, worked out without starting it. */
export interface RustupChoice {
  /** As named by its source: `stable`, `1.95`, `nightly-2026-01-01`, a custom name, or an absolute path. */
  readonly toolchain: string;
  /** Where the name comes from, for people: `RUSTUP_TOOLCHAIN`, a file, or rustup's settings. */
  readonly origin: string;
  /** Absolute sysroot. */
  readonly sysroot: string;
}

/** Whether a program on PATH is one of rustup's proxies: a link to, or a hard link of, the `rustup` program. */
export function isRustupProxy(program: string): boolean {
  const real = realpathSync(program);
  if (basename(real) === 'rustup') return true;
  const rustup = join(dirname(program), 'rustup');
  return existsSync(rustup) && statSync(rustup).ino === statSync(real).ino && statSync(rustup).dev === statSync(real).dev;
}

/**
 * The toolchain rustup's proxies would run in `directory` (rustup book, "Overrides"): `RUSTUP_TOOLCHAIN`; else the nearest directory
 * upwards with an override in rustup's settings or a `rust-toolchain` file; else the default toolchain.
 * Fails with F0202 when it is not installed, F0219 when its file cannot be read, F0201 when there is no default.
 */
export function rustupChoice(options: {
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly rustupHome: string;
}): Result<RustupChoice> {
  const settings = readSettings(options.rustupHome);
  const named = namedToolchain({ ...options, settings });
  if (!named.ok) return named;
  const { name, origin } = named.value;
  const sysroot = isAbsolute(name) ? name : installedAt({ toolchains: join(options.rustupHome, 'toolchains'), name, settings });
  return sysroot === undefined || !existsSync(join(sysroot, 'bin'))
    ? fail(notInstalled(named.value))
    : ok({ toolchain: name, origin, sysroot });
}

interface NamedToolchain {
  readonly name: string;
  readonly origin: string;
}

interface RustupSettings {
  readonly defaultToolchain: string | undefined;
  readonly defaultHost: string | undefined;
  /** Toolchain by directory. */
  readonly overrides: ReadonlyMap<string, string>;
}

function namedToolchain(options: {
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly settings: RustupSettings;
}): Result<NamedToolchain> {
  const { settings } = options;
  const variable = options.environment['RUSTUP_TOOLCHAIN'];
  if (variable !== undefined && variable !== '') return ok({ name: variable, origin: 'RUSTUP_TOOLCHAIN' });
  for (const directory of ancestors(options.directory)) {
    const override = settings.overrides.get(directory);
    if (override !== undefined) return ok({ name: override, origin: `rustup override for ${directory}` });
    const file = [join(directory, 'rust-toolchain'), join(directory, 'rust-toolchain.toml')].find(isFile);
    const named = file === undefined ? undefined : toolchainFile(file);
    if (named !== undefined) return named;
  }
  if (settings.defaultToolchain !== undefined) return ok({ name: settings.defaultToolchain, origin: "rustup's default toolchain" });
  return fail({
    code: 'F0201',
    severity: 'error',
    blame: 'input',
    message: 'rustup has no default toolchain, and nothing here names one',
    hints: ['run `rustup default stable`, or add a `rust-toolchain.toml`'],
  });
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/** Reads `rust-toolchain.toml` or the old `rust-toolchain`, which may be a bare name; `undefined` when it sets no toolchain. */
function toolchainFile(file: string): Result<NamedToolchain> | undefined {
  const text = readFileSync(file, 'utf8');
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  if (!file.endsWith('.toml') && lines.length === 1 && !text.includes('=') && !text.trim().startsWith('[')) {
    return ok({ name: text.trim(), origin: file });
  }
  try {
    return namedIn(parse(text), file);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    return fail(unreadable(file, error.message.split('\n')[0] ?? ''));
  }
}

function namedIn(table: TomlTable, file: string): Result<NamedToolchain> | undefined {
  const { toolchain } = table;
  if (!isTable(toolchain)) return fail(unreadable(file, 'it has no `[toolchain]` table'));
  const { channel, path } = toolchain;
  if (typeof channel === 'string') return ok({ name: channel, origin: file });
  if (typeof path === 'string') return ok({ name: resolve(dirname(file), path), origin: file });
  return undefined;
}

const TRIPLE = /^[a-z0-9_]+-[a-z0-9_]+-[a-z0-9_]+/;

/** Directory of an installed toolchain: the very name (a full or a custom one), or the channel followed by a host triple. */
function installedAt(options: {
  readonly toolchains: string;
  readonly name: string;
  readonly settings: RustupSettings;
}): string | undefined {
  const { toolchains, name, settings } = options;
  const exact = join(toolchains, name);
  if (existsSync(exact)) return realpathSync(exact);
  const hosts = installedNames(toolchains).flatMap((installed) => {
    const host = installed.startsWith(`${name}-`) ? installed.slice(name.length + 1) : '';
    return TRIPLE.test(host) ? [host] : [];
  });
  const host = hosts.find((candidate) => candidate === settings.defaultHost) ?? hosts.find(isOwnPlatform) ?? hosts[0];
  return host === undefined ? undefined : realpathSync(join(toolchains, `${name}-${host}`));
}

/** A linked toolchain whose directory is gone is none. */
function installedNames(toolchains: string): readonly string[] {
  const names = existsSync(toolchains) ? readdirSync(toolchains).toSorted() : [];
  return names.filter((name) => existsSync(join(toolchains, name)));
}

/** Whether a triple can be this machine's own: rustup prefers that one among several installed hosts. */
function isOwnPlatform(triple: string): boolean {
  const architecture = { arm64: 'aarch64', x64: 'x86_64' }[process.arch === 'arm64' ? 'arm64' : 'x64'];
  const system = process.platform === 'darwin' ? 'darwin' : process.platform;
  return triple.startsWith(`${architecture}-`) && triple.includes(system);
}

function readSettings(rustupHome: string): RustupSettings {
  const file = join(rustupHome, 'settings.toml');
  const table = existsSync(file) ? parseSettings(readFileSync(file, 'utf8')) : {};
  const overrides = isTable(table['overrides']) ? Object.entries(table['overrides']) : [];
  return {
    defaultToolchain: textOf(table['default_toolchain']),
    defaultHost: textOf(table['default_host_triple']),
    overrides: new Map(overrides.flatMap(([path, name]) => (typeof name === 'string' ? [[path, name] as const] : []))),
  };
}

/** rustup's own file; one it could not read itself says nothing. */
function parseSettings(text: string): TomlTable {
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof TomlError) return {};
    throw error;
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function notInstalled(named: NamedToolchain): Diagnostic {
  const isPath = isAbsolute(named.name);
  return {
    code: 'F0202',
    severity: 'error',
    blame: 'input',
    message: `toolchain \`${named.name}\` is not installed`,
    facts: [['asked for by', named.origin]],
    hints: [isPath ? 'check `path` in that file' : `run \`rustup toolchain install ${named.name}\``],
  };
}

function unreadable(file: string, reason: string): Diagnostic {
  return {
    code: 'F0219',
    severity: 'error',
    blame: 'input',
    message: `\`${file}\` cannot be used: ${reason}`,
    hints: ['write `[toolchain]` and below it `channel = "stable"`, or another channel or version'],
  };
}
