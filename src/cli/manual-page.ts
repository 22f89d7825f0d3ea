import { COMMANDS, type CommandSpec } from './command-table.ts';
import { COMMON_OPTIONS, OPTIONS, type OptionSpec } from './options.ts';

const STATUSES: readonly (readonly [status: string, meaning: string])[] = [
  ['0', 'done'],
  ['1', 'your build or check failed'],
  ['2', 'bad usage or bad input'],
  ['3', 'the infrastructure failed: sandbox, network, disk, or Ferrule itself'],
  ['130', 'interrupted'],
];

const VARIABLES: readonly (readonly [name: string, meaning: string])[] = [
  ['FERRULE_STORE', 'directory of the store; --store goes before it'],
  ['NO_COLOR, CLICOLOR_FORCE', 'no colours, colours always; --color goes before both'],
  ['TERM=dumb, CI', 'plain lines instead of the live view'],
  ['FERRULE_BACKTRACE=1', "an internal error shows its place in Ferrule's code"],
  ['CARGO_HOME, RUSTUP_TOOLCHAIN, RUSTFLAGS, …', 'what they mean to cargo and rustup'],
];

const FILES: readonly (readonly [name: string, meaning: string])[] = [
  ['ferrule.toml', 'settings of a repository; it builds without'],
  ['ferrule.lock', 'what native locks leave open, written by ferrule lock'],
  ['~/.cache/ferrule', 'the store'],
];

/** The manual page ferrule(1), as roff for man(1): made from the tables of commands and options. */
export function manualPage(version: string): string {
  const commands: readonly CommandSpec[] = Object.values(COMMANDS);
  const lines = [
    `.TH FERRULE 1 "" "ferrule ${version}" "User Commands"`,
    '.SH NAME',
    'ferrule \\- build Rust and Python repositories from their lockfiles',
    '.SH SYNOPSIS',
    '.B ferrule',
    '.I COMMAND',
    '[\\fIOPTIONS\\fR] [\\fITARGET\\fR...]',
    '.SH DESCRIPTION',
    escaped(
      'cargo and uv resolve; Ferrule runs each rustc call, build script and wheel build in a sandbox of its own and keeps the result by',
    ),
    escaped('the digest of everything it was made from. A target is NAME[:OUTPUT]; without one, every member is meant.'),
    '.SH OPTIONS OF EVERY COMMAND',
    ...COMMON_OPTIONS.flatMap((name) => optionLines(OPTIONS[name])),
    '.SH COMMANDS',
    ...commands.flatMap(commandLines),
    '.SH EXIT STATUS',
    ...STATUSES.flatMap(([status, meaning]) => tagged(`.B ${status}`, meaning)),
    '.SH ENVIRONMENT',
    ...VARIABLES.flatMap(([name, meaning]) => tagged(`.B ${escaped(name)}`, meaning)),
    '.SH FILES',
    ...FILES.flatMap(([name, meaning]) => tagged(`.I ${escaped(name)}`, meaning)),
    '.SH SEE ALSO',
    '.BR cargo (1),',
    '.BR uv (1),',
    '.BR nix (1)',
  ];
  return `${lines.join('\n')}\n`;
}

function commandLines(spec: CommandSpec): readonly string[] {
  const options: readonly OptionSpec[] = spec.options.map((name) => OPTIONS[name]);
  const words = spec.arguments.map(({ name, required, many }) => {
    const word = `\\fI${escaped(name)}\\fR${many ? '...' : ''}`;
    return required ? ` ${word}` : ` [${word}]`;
  });
  return [
    `.SS "ferrule ${spec.name}"`,
    `.B ferrule ${spec.name}`,
    `[\\fIOPTIONS\\fR]${words.join('')}`,
    '.PP',
    `${escaped(spec.summary)}.`,
    ...spec.arguments.flatMap(({ name, summary }) => tagged(`.I ${escaped(name)}`, summary)),
    ...options.flatMap(optionLines),
    '.PP',
    'Examples:',
    ...spec.examples.flatMap(([line, meaning]) => tagged(`.B ${escaped(line)}`, meaning)),
  ];
}

function optionLines(option: OptionSpec): readonly string[] {
  const value = option.kind === 'switch' ? '' : ` \\fI${escaped(option.placeholder ?? 'VALUE')}\\fR`;
  const short = option.short === undefined ? '' : `\\fB\\-${option.short}\\fR, `;
  const choices = option.choices === undefined ? '' : ` (${option.choices.join(', ')})`;
  return tagged(`${short}\\fB\\-\\-${escaped(option.flag)}\\fR${value}`, `${option.summary}${choices}`);
}

function tagged(tag: string, text: string): readonly string[] {
  return ['.TP', tag, escaped(text)];
}

/** Text in which roff sees no command: backticks, which are for the screen, become bold. */
function escaped(text: string): string {
  const plain = text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll('…', '...');
  const bold = plain.replaceAll(/`([^`]*)`/g, '\\fB$1\\fR');
  return /^[.']/.test(bold) ? `\\&${bold}` : bold;
}
