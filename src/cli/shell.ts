import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

/** What makes an environment of the one there is. */
export interface Changes {
  readonly variables: Readonly<Record<string, string>>;
  /** Directories that go before the `PATH` there is. */
  readonly path: readonly string[];
  /** Variables that must not be set. */
  readonly unset: readonly string[];
}

/** The environment with the changes made. */
export function withChanges(environment: Readonly<Record<string, string>>, changes: Changes): Readonly<Record<string, string>> {
  const { variables, path, unset } = changes;
  const kept = Object.entries(environment).filter(([name]) => !unset.includes(name));
  const search = [...path, ...(environment['PATH'] === undefined ? [] : [environment['PATH']])];
  return { ...Object.fromEntries(kept), ...variables, PATH: search.join(':') };
}

/** Lines of a POSIX shell that make the changes. */
export function exportLines({ variables, path, unset }: Changes): string {
  const lines = Object.entries(variables).map(([name, value]) => `export ${name}=${quoted(value)}`);
  if (path.length > 0) lines.push(`export PATH=${quoted(path.join(':'))}"\${PATH:+:$PATH}"`);
  if (unset.length > 0) lines.push(`unset ${unset.join(' ')}`);
  return lines.map((line) => `${line}\n`).join('');
}

/** How the user's shell is started. */
export interface StartedShell extends Disposable {
  readonly path: string;
  readonly words: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
}

/**
 * The user's shell with its own start-up files, and the changes made once these are through: they may set the path anew. What has to be
 * written for it goes to a directory for temporary files, and is removed with the shell.
 */
export function startedShell(options: {
  readonly environment: Readonly<Record<string, string>>;
  readonly changes: Changes;
  /** Shown in the prompt. */
  readonly name: string;
}): StartedShell {
  const { environment, changes } = options;
  const path = environment['SHELL'] ?? '/bin/sh';
  const name = options.name.replaceAll(/[^\w .+-]/g, '_');
  const directory = mkdtempSync(join(tmpdir(), 'ferrule-shell-'));
  const dispose = (): void => rmSync(directory, { recursive: true, force: true });
  const write = (file: string, text: string): string => {
    writeFileSync(join(directory, file), text);
    return join(directory, file);
  };
  const common = { path, variables: {}, [Symbol.dispose]: dispose };
  switch (basename(path)) {
    case 'bash': {
      const own = 'if [ -f ~/.bashrc ]; then . ~/.bashrc; fi\n';
      const file = write('bashrc', `${own}${exportLines(changes)}PS1="(${name}) $PS1"\n`);
      return { ...common, words: ['--rcfile', file] };
    }
    case 'zsh': {
      write('.zshenv', zshEnvironment(directory, environment['ZDOTDIR']));
      write('.zshrc', `${zshStart(directory)}${exportLines(changes)}PS1="(${name}) $PS1"\n`);
      return { ...common, words: [], variables: { ZDOTDIR: directory } };
    }
    case 'fish':
      return { ...common, words: ['--init-command', `${fishLines(changes)}; ${fishPrompt(name)}`] };
    default:
      return { ...common, words: [] };
  }
}

/** zsh reads its files from `ZDOTDIR`, which the user's own `.zshenv` may set: that is kept for {@link zshStart}. */
function zshEnvironment(directory: string, zdotdir: string | undefined): string {
  const before = zdotdir === undefined ? 'unset ZDOTDIR' : `ZDOTDIR=${quoted(zdotdir)}`;
  return [
    before,
    'if [ -f "${ZDOTDIR:-$HOME}/.zshenv" ]; then . "${ZDOTDIR:-$HOME}/.zshenv"; fi',
    '_ferrule_zdotdir=${ZDOTDIR-}',
    `export ZDOTDIR=${quoted(directory)}\n`,
  ].join('\n');
}

/** The user's `.zshrc` with the directory it expects; a file of history that a system-wide file has put into the temporary one goes home. */
function zshStart(directory: string): string {
  return [
    'if [ -n "$_ferrule_zdotdir" ]; then ZDOTDIR=$_ferrule_zdotdir; else unset ZDOTDIR; fi',
    'unset _ferrule_zdotdir',
    `case \${HISTFILE-} in ${quoted(directory)}/*) HISTFILE=\${ZDOTDIR:-$HOME}/.zsh_history;; esac`,
    'if [ -f "${ZDOTDIR:-$HOME}/.zshrc" ]; then . "${ZDOTDIR:-$HOME}/.zshrc"; fi\n',
  ].join('\n');
}

/** Puts a name before the prompt that fish has. */
function fishPrompt(name: string): string {
  const written = quotedForFish(`(${name}) `);
  return `functions --copy fish_prompt _ferrule_prompt; function fish_prompt; printf %s ${written}; _ferrule_prompt; end`;
}

function fishLines({ variables, path, unset }: Changes): string {
  const lines = Object.entries(variables).map(([name, value]) => `set -gx ${name} ${quotedForFish(value)}`);
  if (path.length > 0) lines.push(`set -gx PATH ${path.map(quotedForFish).join(' ')} $PATH`);
  return [...lines, ...unset.map((name) => `set -e ${name}`)].join('; ');
}

function quotedForFish(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
