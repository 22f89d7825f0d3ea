import { COMMAND_GROUPS, COMMANDS, type CommandSpec, SHELLS } from '../command-table.ts';
import { COMMON_OPTIONS, OPTIONS, type OptionSpec } from '../options.ts';

export type Shell = (typeof SHELLS)[number];

export function isShell(name: string): name is Shell {
  return SHELLS.some((shell) => shell === name);
}

/** The completion script of a shell, made from the tables of commands and options. */
export function completionScript(shell: Shell): string {
  return SCRIPTS[shell]();
}

const SCRIPTS: Readonly<Record<Shell, () => string>> = { bash: bashScript, zsh: zshScript, fish: fishScript };

interface Entry {
  readonly words: string;
  readonly summary: string;
  readonly options: readonly OptionSpec[];
  readonly argumentChoices: readonly string[];
  /** Its arguments are targets (`ferrule show --names`; behind a colon `--targets`), or packages alone; `undefined`: neither. */
  readonly names: 'target' | 'package' | undefined;
}

const HELP: OptionSpec = { flag: 'help', short: 'h', kind: 'switch', summary: 'show help' };

/** Every word sequence that can stand after `ferrule`, the empty one and groups included. */
function entries(): readonly Entry[] {
  const common = COMMON_OPTIONS.map((name): OptionSpec => OPTIONS[name]);
  const specs: readonly CommandSpec[] = Object.values(COMMANDS);
  const plain = [['', ''], ...Object.entries(COMMAND_GROUPS)].map(([words = '', summary = '']) => {
    return { words, summary, options: [...common, HELP], argumentChoices: [], names: undefined };
  });
  const commands = specs.map((spec) => ({
    words: spec.name,
    summary: spec.summary,
    options: [...spec.options.map((name): OptionSpec => OPTIONS[name]), ...common, HELP],
    argumentChoices: spec.arguments.flatMap((argument) => argument.choices ?? []),
    names: spec.arguments.flatMap((argument) => argument.completes ?? [])[0],
  }));
  return [...plain, ...commands];
}

/** Entries one word longer than `words`. */
function below(words: string): readonly { readonly word: string; readonly summary: string }[] {
  const prefix = words === '' ? '' : `${words} `;
  return entries()
    .filter((entry) => entry.words !== '' && entry.words.startsWith(prefix) && !entry.words.slice(prefix.length).includes(' '))
    .map((entry) => ({ word: entry.words.slice(prefix.length), summary: entry.summary }));
}

function flagsOf(option: OptionSpec): readonly string[] {
  return option.short === undefined ? [`--${option.flag}`] : [`--${option.flag}`, `-${option.short}`];
}

function optionsWithValue(): readonly OptionSpec[] {
  const all = new Map(entries().flatMap((entry) => entry.options.map((option) => [option.flag, option])));
  return [...all.values()].filter((option) => option.kind !== 'switch');
}

function bashScript(): string {
  const values = optionsWithValue();
  const valueCases = values.map((option) => `    ${flagsOf(option).join('|')}) ${bashValues(option)}; return ;;`);
  const wordCases = entries().map((entry) => {
    const words = [...below(entry.words).map(({ word }) => word), ...entry.argumentChoices];
    const ask = entry.names === undefined ? '' : ` names=${entry.names}`;
    return `    '${entry.words}')${ask} words='${words.join(' ')}'; options='${entry.options.flatMap(flagsOf).join(' ')}' ;;`;
  });
  const commandWords = entries().flatMap(({ words }) => (words === '' ? [] : [`'${words}'`]));
  return `# bash completion of ferrule
_ferrule() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]}
  local command='' candidate skip='' words='' options='' names='' index whole
  COMPREPLY=()
  case $previous in
${valueCases.join('\n')}
  esac
  for ((index = 1; index < COMP_CWORD; index++)); do
    candidate=\${COMP_WORDS[index]}
    if [[ $skip ]]; then skip=''; continue; fi
    case $candidate in
      ${values.flatMap(flagsOf).join('|')}) skip=1; continue ;;
      -*) continue ;;
    esac
    case "\${command:+$command }$candidate" in
      ${commandWords.join('|')}) command="\${command:+$command }$candidate" ;;
    esac
  done
  case $command in
${wordCases.join('\n')}
  esac
  if [[ $current == -* ]]; then words=$options
  elif [[ $names ]]; then
    # Bash takes \`app:bin\` for three words, and completes the last of them.
    whole=\${COMP_LINE:0:\${COMP_POINT:-0}}; whole=\${whole##*[[:space:]]}
    if [[ $names == target && $whole == *:* ]]; then
      COMPREPLY=($(compgen -W "$(ferrule show --targets 2> /dev/null)" -- "$whole"))
      [[ $current == "$whole" ]] || COMPREPLY=("\${COMPREPLY[@]#"\${whole%:*}:"}")
      return
    fi
    words=$(ferrule show --names 2> /dev/null)
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F _ferrule ferrule
`;
}

function bashValues(option: OptionSpec): string {
  if (option.completes === undefined) return `COMPREPLY=($(compgen -W '${(option.choices ?? []).join(' ')}' -- "$current"))`;
  const flag = option.completes === 'directory' ? '-d' : '-f';
  return `local IFS=$'\\n'; compopt -o filenames 2> /dev/null; COMPREPLY=($(compgen ${flag} -- "$current"))`;
}

function zshScript(): string {
  const functions = entries().map((entry) => {
    const subcommands = below(entry.words);
    const name = functionName(entry.words);
    const specs = entry.options.flatMap((option) => zshOption(option));
    if (subcommands.length === 0) {
      const asked = entry.names === 'target' ? '$([[ $PREFIX == *:* ]] && echo --targets || echo --names)' : '--names';
      const targets = entry.names === undefined ? [] : [`'*:target:{compadd -- $(ferrule show ${asked} 2> /dev/null)}'`];
      const choices = entry.argumentChoices.length > 0 ? [`'1:value:(${entry.argumentChoices.join(' ')})'`] : [];
      return `${name}() {\n  _arguments -s \\\n    ${[...specs, ...choices, ...targets].join(' \\\n    ')}\n}`;
    }
    const described = subcommands.map(({ word, summary }) => `'${word}:${zshText(summary)}'`).join(' ');
    const cases = subcommands.map(({ word }) => `      ${word}) ${functionName(`${entry.words} ${word}`.trim())} ;;`);
    return `${name}() {
  local line state
  local -a commands=(${described})
  _arguments -s -C \\
    ${[...specs, `'1:command:->command'`, `'*::argument:->argument'`].join(' \\\n    ')}
  case $state in
    command) _describe command commands ;;
    argument)
      case $line[1] in
${cases.join('\n')}
      esac ;;
  esac
}`;
  });
  return `#compdef ferrule\n# zsh completion of ferrule\n${functions.join('\n')}\n${ZSH_END}`;
}

/** Autoloaded it is called at once; evaluated it is registered. */
const ZSH_END = `if [ "$funcstack[1]" = _ferrule ]; then
  _ferrule "$@"
else
  compdef _ferrule ferrule
fi
`;

function functionName(words: string): string {
  return words === '' ? '_ferrule' : `_ferrule_${words.replaceAll(' ', '_')}`;
}

function zshOption(option: OptionSpec): readonly string[] {
  const action =
    option.completes === 'directory' ? '_files -/' : option.completes === 'file' ? '_files' : `(${(option.choices ?? []).join(' ')})`;
  const value = option.kind === 'switch' ? '' : `:${option.placeholder ?? 'value'}:${action}`;
  const repeat = option.kind === 'list' ? '*' : '';
  return flagsOf(option).map((flag) => `'${repeat}${flag}[${zshText(option.summary)}]${value}'`);
}

function zshText(text: string): string {
  return text.replaceAll("'", "'\\''").replaceAll(/[[\]:]/gu, (character) => `\\${character}`);
}

function fishScript(): string {
  const lines = ['# fish completion of ferrule', 'complete -c ferrule -f'];
  for (const entry of entries()) {
    const condition = fishCondition(entry.words);
    for (const { word, summary } of below(entry.words)) lines.push(`complete -c ferrule ${condition} -a ${word} -d '${fishText(summary)}'`);
    if (entry.argumentChoices.length > 0) lines.push(`complete -c ferrule ${condition} -a '${entry.argumentChoices.join(' ')}'`);
    const asked =
      entry.names === 'target' ? '(string match -q "*:*" -- (commandline -ct); and echo --targets; or echo --names)' : '--names';
    if (entry.names !== undefined) lines.push(`complete -c ferrule ${condition} -a '(ferrule show ${asked} 2> /dev/null)'`);
    for (const option of entry.options) lines.push(`complete -c ferrule ${condition} ${fishOption(option)}`);
  }
  return `${lines.join('\n')}\n`;
}

/** True when exactly these command words were given and none that leads further. */
function fishCondition(words: string): string {
  const seen = words.split(' ').filter((word) => word !== '');
  const next = below(words).map(({ word }) => word);
  const tests = seen.map((word) => `__fish_seen_subcommand_from ${word}`);
  if (next.length > 0) tests.push(`not __fish_seen_subcommand_from ${next.join(' ')}`);
  return `-n '${tests.join('; and ')}'`;
}

function fishOption(option: OptionSpec): string {
  const short = option.short === undefined ? '' : ` -s ${option.short}`;
  const choices = (option.choices ?? []).length > 0 ? ` -a '${(option.choices ?? []).join(' ')}'` : '';
  const value = option.kind === 'switch' ? '' : option.completes === undefined ? ` -x${choices}` : ' -r -F';
  return `-l ${option.flag}${short}${value} -d '${fishText(option.summary)}'`;
}

function fishText(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll("'", "\\'");
}
