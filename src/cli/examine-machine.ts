import { accessSync, constants, statfsSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import type { NativeMachine } from '../doctor/system-libraries.ts';
import type { ProcessRunner } from '../rust/cargo/process.ts';
import { defaultLibraryDirectories, pkgConfigDirectories } from '../rust/native/system-libraries.ts';
import { makeDirectory } from '../store/make-directory.ts';
import { systemCode } from '../store/system-error.ts';
import { formatBytes } from './byte-size.ts';

/** One thing a build needs or likes to have. */
export interface Finding {
  readonly subject: string;
  readonly state: 'ok' | 'warning' | 'error';
  /** Version, path, or what is wrong. */
  readonly text: string;
  /** What to do; `undefined` when nothing is to be done. */
  readonly hint: string | undefined;
}

export interface Machine {
  /** Absolute. */
  readonly directory: string;
  /** Absolute. */
  readonly storeDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly run: ProcessRunner;
  readonly nodeVersion: string;
  readonly platform: NodeJS.Platform;
}

/** What builds need of this machine, and what they like to have. */
export async function examineMachine(command: Machine): Promise<readonly Finding[]> {
  const tools = await Promise.all(TOOLS.map(async (tool) => await examineTool(tool, command)));
  const node: Finding = { subject: 'node', state: 'ok', text: command.nodeVersion, hint: undefined };
  return [node, ...tools, await examineSandbox(command), examineStore(command.storeDirectory)];
}

interface Tool {
  readonly program: string;
  readonly arguments: readonly string[];
  readonly missing: 'warning' | 'error';
  readonly why: string;
  readonly hint: string;
}

const TOOLS: readonly Tool[] = [
  { program: 'cargo', arguments: ['--version'], missing: 'error', why: 'plans every build', hint: 'install Rust with rustup' },
  { program: 'rustc', arguments: ['--version'], missing: 'error', why: 'compiles', hint: 'install Rust with rustup' },
  {
    program: 'cc',
    arguments: ['--version'],
    missing: 'error',
    why: 'links programs',
    hint: 'Debian: apt install gcc libc6-dev\nFedora: dnf install gcc\nmacOS: xcode-select --install',
  },
  { program: 'git', arguments: ['--version'], missing: 'warning', why: 'cargo fetches some git dependencies with it', hint: 'install git' },
  {
    program: 'pkg-config',
    arguments: ['--version'],
    missing: 'warning',
    why: 'crates that bind system libraries ask it',
    hint: 'Debian: apt install pkg-config\nFedora: dnf install pkgconf\nHomebrew: brew install pkgconf',
  },
  {
    program: 'python3',
    arguments: ['--version'],
    missing: 'warning',
    why: 'is what Python projects are built for, unless uv or pyenv has others',
    hint: 'uv python install, or your distribution',
  },
  {
    program: 'uv',
    arguments: ['--version'],
    missing: 'warning',
    why: 'resolves for `ferrule lock`; builds do not need it',
    hint: 'pip install uv',
  },
];

async function examineTool(tool: Tool, command: Machine): Promise<Finding> {
  const { program: subject, missing: state, why, hint } = tool;
  const program = findProgram(subject, command.environment);
  if (program === undefined) return { subject, state, text: `not found; it ${why}`, hint };
  const outcome = await command.run({
    program,
    arguments: tool.arguments,
    environment: command.environment,
    directory: command.directory,
  });
  if (outcome.exitCode !== 0) {
    // rustup's proxies say what to run where a toolchain file asks for what is not installed.
    const advice = /^help: run `([^`]+)`/m.exec(outcome.stderr)?.[1];
    return {
      subject,
      state,
      text: `${program} does not run: ${firstLine(outcome.stderr)}`,
      hint: advice === undefined ? hint : `run \`${advice}\``,
    };
  }
  return { subject, state: 'ok', text: `${firstLine(outcome.stdout)}, ${program}`, hint: undefined };
}

async function examineSandbox({ environment, platform, run }: Machine): Promise<Finding> {
  const subject = 'sandbox';
  const without = 'actions run unsandboxed, and their results are not shared';
  if (platform !== 'linux') return { subject, state: 'warning', text: `there is none on this system; ${without}`, hint: undefined };
  const program = findProgram('bwrap', environment);
  if (program === undefined) {
    const hint = 'Debian: apt install bubblewrap\nFedora: dnf install bubblewrap';
    return { subject, state: 'warning', text: `bubblewrap is not installed; ${without}`, hint };
  }
  const outcome = await run({
    program,
    arguments: ['--unshare-all', '--die-with-parent', '--ro-bind', '/', '/', '--dev', '/dev', '--proc', '/proc', '--', 'true'],
    environment,
    directory: '/',
  });
  if (outcome.exitCode === 0) return { subject, state: 'ok', text: `bubblewrap, ${program}`, hint: undefined };
  const hint =
    'user namespaces may be switched off: see `sysctl kernel.unprivileged_userns_clone` and AppArmor, or the rights of this container';
  return { subject, state: 'warning', text: `bubblewrap does not run here: ${firstLine(outcome.stderr)}; ${without}`, hint };
}

function examineStore(directory: string): Finding {
  const subject = 'store';
  try {
    makeDirectory(directory);
    accessSync(directory, constants.W_OK | constants.X_OK);
    const { bavail, bsize } = statfsSync(directory);
    return { subject, state: 'ok', text: `${directory}, ${formatBytes(bavail * bsize)} free`, hint: undefined };
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined) throw error;
    return {
      subject,
      state: 'error',
      text: `${directory} cannot be written: ${code}`,
      hint: 'choose another with `--store DIR` or `FERRULE_STORE`',
    };
  }
}

/** Absolute path of a program on the user's `PATH`. */
function findProgram(name: string, environment: Readonly<Record<string, string>>): string | undefined {
  for (const directory of (environment['PATH'] ?? '').split(delimiter)) {
    const path = join(directory, name);
    if (isAbsolute(directory) && isExecutable(path)) return path;
  }
  return undefined;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return false;
  }
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? '';
}

/** The machine as native crates ask about it; `undefined`: there is no rustc that answers. */
export async function nativeMachine({ directory, environment, run }: Machine): Promise<NativeMachine | undefined> {
  const ask = async (program: string, words: readonly string[]): Promise<string | undefined> => {
    const path = findProgram(program, environment);
    const outcome = path === undefined ? undefined : await run({ program: path, arguments: words, environment, directory });
    return outcome?.exitCode === 0 ? outcome.stdout : undefined;
  };
  const [verbose, cfg, builtIn] = await Promise.all([
    ask('rustc', ['-vV']),
    ask('rustc', ['--print=cfg']),
    ask('pkg-config', ['--variable', 'pc_path', 'pkg-config']),
  ]);
  const triple = /^host: (.*)$/m.exec(verbose ?? '')?.[1];
  if (triple === undefined || cfg === undefined) return undefined;
  return {
    platform: { triple, cfg: new Set(cfg.trim().split('\n')) },
    libraryPlaces: {
      pkgConfig: pkgConfigDirectories({ userPath: environment['PKG_CONFIG_PATH'], builtIn, triple }),
      libraries: defaultLibraryDirectories(triple),
    },
    toolPlaces: {
      path: (environment['PATH'] ?? '').split(delimiter).filter((entry) => isAbsolute(entry)),
      triple,
      libclangPath: environment['LIBCLANG_PATH'],
    },
    isSet: (variable) => environment[variable] !== undefined,
  };
}
