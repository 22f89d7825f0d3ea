import { Argument, Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import type { Diagnostic, DiagnosticCode } from '../diagnostics/diagnostic.ts';
import { didYouMean as nearestName } from '../repository/did-you-mean.ts';
import { COMMAND_GROUPS, type CommandName, COMMANDS, type CommandSpec } from './command-table.ts';
import { FOREIGN_OPTIONS } from './foreign-options.ts';
import { COMMON_OPTIONS, NO_OPTIONS, OPTIONS, type OptionSpec, type OptionValues } from './options.ts';

/** What a command line asks for. */
export type Invocation =
  | { readonly kind: 'command'; readonly name: CommandName; readonly arguments: readonly string[]; readonly values: OptionValues }
  /** Help or the version, for stdout. */
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'bad'; readonly diagnostic: Diagnostic };

/** Reads a command line (without the program's own name). Pure: nothing is printed and nobody exits. */
export function parseArguments(argv: readonly string[], program: { readonly version: string; readonly columns: number }): Invocation {
  let invocation: Invocation | undefined;
  const printed: string[] = [];
  const root = rootCommand(program, printed);
  for (const [name, spec] of commandEntries()) {
    const command = subcommand(root, spec);
    command.action(() => {
      const values: OptionValues = { ...NO_OPTIONS, ...command.optsWithGlobals<OptionValues>() };
      invocation = { kind: 'command', name, arguments: command.args, values };
    });
  }
  try {
    root.parse(argv.length === 0 ? ['--help'] : [...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { kind: 'text', text: printed.join('') };
    return { kind: 'bad', diagnostic: usageDiagnostic(error, { printed: printed.join(''), argv }) };
  }
  if (invocation === undefined) throw new Error('internal: no command was chosen');
  return invocation;
}

function commandEntries(): readonly (readonly [CommandName, CommandSpec])[] {
  const names = Object.keys(COMMANDS).filter((name): name is CommandName => name in COMMANDS);
  return names.map((name) => [name, COMMANDS[name]]);
}

function rootCommand(program: { readonly version: string; readonly columns: number }, printed: string[]): Command {
  const root = new Command('ferrule')
    .description('Builds Rust and Python repositories from the lockfiles they have: every step run in a sandbox, and once.')
    .usage('COMMAND [OPTIONS]')
    .exitOverride()
    .configureHelp({ showGlobalOptions: true, subcommandTerm: (command) => command.name(), helpWidth: program.columns })
    .configureOutput({
      writeOut: (text) => void printed.push(text),
      writeErr: (text) => void printed.push(text),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .helpOption('-h, --help', 'show help')
    .version(`ferrule ${program.version}`, '-V, --version', 'show the version')
    .helpCommand('help [COMMAND]', 'Show help for a command')
    .addHelpText('after', '\n`ferrule help COMMAND` shows options and examples. Errors have codes: `ferrule explain F0201`.');
  for (const name of COMMON_OPTIONS) root.addOption(commanderOption(OPTIONS[name]));
  return root;
}

function subcommand(root: Command, spec: CommandSpec): Command {
  const [first = '', second] = spec.name.split(' ');
  const command = (second === undefined ? root.command(first) : group(root, first).command(second)).description(spec.summary);
  const synopsis = spec.arguments.map((argument) => argumentTerm(argument));
  command.usage(['[OPTIONS]', ...synopsis].join(' '));
  for (const argument of spec.arguments) {
    const added = new Argument(argumentTerm(argument), argument.summary);
    if (argument.choices !== undefined) added.choices(argument.choices);
    command.addArgument(added);
  }
  for (const name of spec.options) command.addOption(commanderOption(OPTIONS[name]));
  const width = Math.max(...spec.examples.map(([line]) => line.length));
  const examples = spec.examples.map(([line, meaning]) => `  ${line.padEnd(width)}  ${meaning}`);
  return command.addHelpText('after', `\nExamples:\n${examples.join('\n')}`);
}

function group(root: Command, name: string): Command {
  const made = root.commands.find((command) => command.name() === name);
  return (
    made ??
    root
      .command(name)
      .description(COMMAND_GROUPS[name] ?? '')
      .usage('COMMAND [OPTIONS]')
      .helpCommand(false)
  );
}

function argumentTerm(argument: CommandSpec['arguments'][number]): string {
  const term = `${argument.name}${argument.many ? '...' : ''}`;
  return argument.required ? `<${term}>` : `[${term}]`;
}

function commanderOption(spec: OptionSpec): Option {
  const short = spec.short === undefined ? '' : `-${spec.short}, `;
  const value = spec.kind === 'switch' ? '' : ` <${spec.placeholder ?? 'VALUE'}>`;
  const option = new Option(`${short}--${spec.flag}${value}`, spec.summary);
  // `--no-default-features` is cargo's name for a switch of its own, not the negation of another option.
  option.negate = false;
  if (spec.choices !== undefined) return option.choices(spec.choices);
  const parser = VALUE_PARSERS[spec.kind];
  return parser === undefined ? option : option.argParser<unknown>(parser);
}

const VALUE_PARSERS: Partial<Record<OptionSpec['kind'], (text: string, previous: unknown) => unknown>> = {
  number: parseCount,
  size: parseSize,
  list: (text, previous) => [...(Array.isArray(previous) ? previous : []), ...words(text)],
};

function words(text: string): readonly string[] {
  return text.split(/[,\s]+/u).filter((word) => word !== '');
}

function parseCount(text: string): number {
  const count = /^\d{1,9}$/u.test(text) ? Number(text) : 0;
  if (count < 1) throw new InvalidArgumentError('give a whole number from 1');
  return count;
}

const SIZE_UNITS: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };

/** `20G`, `500M`, `1.5G`, `20GiB`, or bytes. */
function parseSize(text: string): number {
  const match = /^(\d{1,12}(?:\.\d{1,6})?)\s*([KMGT]?)(?:i?B)?$/iu.exec(text);
  const factor = SIZE_UNITS[(match?.[2] ?? '').toUpperCase()];
  if (match === null || factor === undefined) throw new InvalidArgumentError('give a size, such as `20G` or `500M`');
  return Math.round(Number(match[1]) * factor);
}

/** A wrong command line, in our words; commander's error tells by its code what is wrong, and names the culprits in quotes. */
function usageDiagnostic(error: CommanderError, context: { readonly printed: string; readonly argv: readonly string[] }): Diagnostic {
  const { printed, argv } = context;
  const [first = '', second = ''] = [...error.message.matchAll(/'([^']*)'/gu)].map(([, name]) => name ?? '');
  const suggestion = /\(Did you mean (?:one of )?(.*)\?\)/u.exec(error.message)?.[1];
  const hints = [suggestion === undefined ? helpHint(argv) : didYouMean(suggestion)];
  const bad = (code: DiagnosticCode, message: string, ownHints = hints): Diagnostic => {
    return { code, severity: 'error', blame: 'input', message, hints: ownHints };
  };
  switch (error.code) {
    case 'commander.unknownOption': {
      const [flag = first] = first.split('=');
      const habit = FOREIGN_OPTIONS.get(flag) ?? FOREIGN_OPTIONS.get(nearestName(flag, FOREIGN_OPTIONS.keys()) ?? '');
      return bad('F0720', `unknown option \`${first}\``, habit === undefined || suggestion !== undefined ? hints : [habit]);
    }
    case 'commander.unknownCommand':
      return bad('F0721', `unknown command \`${first}\``);
    case 'commander.help': {
      const group = /^Usage: (ferrule \S+)/mu.exec(printed)?.[1] ?? 'ferrule';
      return bad('F0721', `\`${group}\` needs a command`, [`\`${group} --help\` lists its commands`]);
    }
    case 'commander.optionMissingArgument':
      return bad('F0722', `\`${longFlag(first)}\` needs a value`);
    case 'commander.invalidArgument': {
      const [value, name] = error.message.startsWith('error: option') ? [second, longFlag(first)] : [first, second];
      return bad('F0722', `\`${value}\` is no value for \`${name}\``, [reasonOf(error.message)]);
    }
    case 'commander.missingArgument':
      return bad('F0723', `\`${first}\` is missing`);
    case 'commander.excessArguments':
      return bad('F0723', `too many arguments for \`${first}\``);
    default:
      return bad('F0723', error.message.replace(/^error: /u, ''));
  }
}

/** Where the command that was meant says what it takes. */
function helpHint(argv: readonly string[]): string {
  const words = argv.filter((word) => !word.startsWith('-'));
  const command = [words.slice(0, 2).join(' '), words[0] ?? ''].find((name) => name in COMMANDS);
  if (command === undefined) return '`ferrule help` lists the commands, `ferrule help COMMAND` the options';
  return `\`ferrule ${command} --help\` shows what it takes, with examples`;
}

function didYouMean(names: string): string {
  const quoted = names.split(', ').map((name) => `\`${name}\``);
  return `did you mean ${quoted.join(' or ')}?`;
}

/** `--jobs` of `-j, --jobs <N>`. */
function longFlag(flags: string): string {
  return /--[\w-]+/u.exec(flags)?.[0] ?? flags;
}

/** What commander or one of the parsers below says after the first sentence. */
function reasonOf(message: string): string {
  const choices = /Allowed choices are (.*)\.$/u.exec(message)?.[1];
  if (choices !== undefined) {
    return `choose from ${choices
      .split(', ')
      .map((choice) => `\`${choice}\``)
      .join(', ')}`;
  }
  return message.slice(message.indexOf('. ') + 2);
}
