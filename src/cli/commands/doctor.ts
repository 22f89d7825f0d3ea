import { accessSync, constants, mkdirSync, statfsSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { type Paint, paintFor, type Tone } from '../../diagnostics/paint.ts';
import type { ProcessRunner } from '../../rust/cargo/process.ts';
import { systemCode } from '../../store/system-error.ts';
import { formatBytes } from '../byte-size.ts';
import type { ExitStatus } from '../exit-status.ts';
import { jsonDocument } from '../json-report.ts';
import type { CommonSettings } from '../settings.ts';
import type { Terminal } from '../terminal.ts';

/** One thing a build needs or likes to have. */
export interface Finding {
  readonly subject: string;
  readonly state: 'ok' | 'warning' | 'error';
  /** Version, path, or what is wrong. */
  readonly text: string;
  /** What to do; `undefined` when nothing is to be done. */
  readonly hint: string | undefined;
}

export interface DoctorCommand {
  readonly settings: CommonSettings;
  readonly terminal: Terminal;
  readonly environment: Readonly<Record<string, string>>;
  readonly run: ProcessRunner;
  readonly nodeVersion: string;
  readonly platform: NodeJS.Platform;
}

/** `ferrule doctor`: 0 when builds can run, 3 when something they need is missing. */
export async function doctorCommand(command: DoctorCommand): Promise<ExitStatus> {
  const findings = await examine(command);
  const ok = findings.every(({ state }) => state !== 'error');
  if (command.settings.json) command.terminal.out(jsonDocument({ ok, findings }));
  else command.terminal.out(findingLines(findings, paintFor(command.terminal.colour.out)));
  return ok ? 0 : 3;
}

async function examine(command: DoctorCommand): Promise<readonly Finding[]> {
  const tools = await Promise.all(TOOLS.map(async (tool) => await examineTool(tool, command)));
  const node: Finding = { subject: 'node', state: 'ok', text: command.nodeVersion, hint: undefined };
  return [node, ...tools, await examineSandbox(command), examineStore(command.settings.storeDirectory)];
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

async function examineTool(tool: Tool, command: DoctorCommand): Promise<Finding> {
  const { program: subject, missing: state, why, hint } = tool;
  const program = findProgram(subject, command.environment);
  if (program === undefined) return { subject, state, text: `not found; it ${why}`, hint };
  const outcome = await command.run({
    program,
    arguments: tool.arguments,
    environment: command.environment,
    directory: command.settings.directory,
  });
  if (outcome.exitCode !== 0) return { subject, state, text: `${program} does not run: ${firstLine(outcome.stderr)}`, hint };
  return { subject, state: 'ok', text: `${firstLine(outcome.stdout)}, ${program}`, hint: undefined };
}

async function examineSandbox({ environment, platform, run }: DoctorCommand): Promise<Finding> {
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
    mkdirSync(directory, { recursive: true });
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

const TONES = { ok: 'good', warning: 'warning', error: 'error' } as const satisfies Record<Finding['state'], Tone>;

function findingLines(findings: readonly Finding[], paint: Paint): string {
  const width = Math.max(...findings.map(({ subject }) => subject.length));
  const lines = findings.flatMap(({ subject, state, text, hint }) => [
    `${paint(TONES[state], state.padEnd(7))}  ${subject.padEnd(width)}  ${text}`,
    ...(hint?.split('\n') ?? []).map(
      (line, index) => `${' '.repeat(width + 11)}${index === 0 ? `${paint('hint', 'hint')}: ` : '      '}${line}`,
    ),
  ]);
  return `${lines.join('\n')}\n`;
}
