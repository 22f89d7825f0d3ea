import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { COMMAND_GROUPS, COMMANDS } from '../../src/cli/command-table.ts';
import { completionScript, type Shell } from '../../src/cli/commands/completion.ts';
import { OPTIONS } from '../../src/cli/options.ts';

/** What bash offers at the end of a command line. */
function offered(line: string): readonly string[] {
  const words = line.split(' ');
  const script = `${completionScript('bash')}
ferrule() { echo "app $*"; }
COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _ferrule; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { status, stdout, stderr } = spawnSync('bash', ['--norc'], { input: script, encoding: 'utf8', cwd: '/' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout.split('\n').filter((word) => word !== '');
}

function isInstalled(shell: string): boolean {
  return spawnSync(shell, ['--version']).status === 0;
}

const directory = mkdtempSync(join(tmpdir(), 'ferrule-completion-'));
afterAll(() => rmSync(directory, { recursive: true }));

function scriptFile(shell: Shell): string {
  const path = join(directory, shell);
  writeFileSync(path, completionScript(shell));
  return path;
}

/** What bash offers when it takes the colon for a word of its own, as it does unless told otherwise. */
function offeredBehindColon(line: string): readonly string[] {
  const words = line.split(/ |(?<=:)|(?=:)/);
  const script = `${completionScript('bash')}
ferrule() { if [[ $2 == --targets ]]; then echo app app:bin/app app:lib core:lib; else echo app core; fi; }
COMP_LINE='${line}'; COMP_POINT=${line.length}
COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _ferrule; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { status, stdout, stderr } = spawnSync('bash', ['--norc'], { input: script, encoding: 'utf8', cwd: '/' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout.split('\n').filter((word) => word !== '');
}

describe('completion in bash', () => {
  test('offers commands, then their subcommands', () => {
    const single = Object.keys(COMMANDS).filter((name) => !name.includes(' '));
    expect(offered('ferrule ')).toEqual([...Object.keys(COMMAND_GROUPS), ...single]);
    expect(offered('ferrule -C /tmp st')).toEqual(['store']);
    expect(offered('ferrule store ')).toEqual(['gc', 'verify', 'stats']);
  });

  test('offers the options of the command, also after options with values', () => {
    expect(offered('ferrule build --no')).toEqual(['--no-default-features']);
    expect(offered('ferrule --store build build --keep')).toEqual(['--keep-going', '--keep-sandbox']);
    expect(offered('ferrule store gc --max')).toEqual(['--max-size', '--max-age']);
    expect(offered('ferrule store verify --max')).toEqual([]);
  });

  test('offers the outputs of a package behind the colon, without what bash has already', () => {
    expect(offeredBehindColon('ferrule build app:b')).toEqual(['bin/app']);
    expect(offeredBehindColon('ferrule run core')).toEqual(['core']);
    expect(offeredBehindColon('ferrule check app:b')).toEqual([]);
  });

  test('offers the choices of a value, what can be built, and directories where one is wanted', () => {
    expect(offered('ferrule build --sandbox ')).toEqual(['auto', 'on', 'off']);
    expect(offered('ferrule build ')).toEqual(['app', 'show', '--names']);
    expect(offered('ferrule completion ')).toEqual(['bash', 'zsh', 'fish']);
    expect(offered('ferrule -C /us')).toEqual(['/usr']);
  });
});

/** What fish offers at the end of a command line. */
function fish(line: string): readonly string[] {
  const { status, stdout, stderr } = spawnSync(
    'fish',
    ['--no-config', '-c', `source ${scriptFile('fish')}; function ferrule; echo app; end; complete -C '${line}'`],
    {
      encoding: 'utf8',
    },
  );
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout
    .split('\n')
    .flatMap((row) => row.split('\t')[0] ?? '')
    .filter((word) => word !== '');
}

/** What zsh calls when a line is typed in a terminal of its own, with completions loaded as `load` does; `\\t` is the key. */
function zshCalls(load: string, typed: string): string {
  const functions = join(directory, 'functions');
  mkdirSync(functions, { recursive: true });
  writeFileSync(join(functions, '_ferrule'), completionScript('zsh'));
  const calls =
    'ferrule() { case $* in *--targets) echo app app:bin/app app:lib ;; *--names) echo app ;; *) print -r "CALLED <$*>" ;; esac }';
  const setUp = `PS1='REA''DY> '; fpath=(${functions} $fpath); autoload -Uz compinit; compinit -D -u; ${load === '' ? ':' : load}; ${calls}`;
  const script = `zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell ${quotedForZsh(setUp)}
zpty -r shell seen '*READY> *'
zpty -w -n shell $'${typed}\\n'
zpty -r shell seen '*CALLED <*>*' && print -r -- "$seen"
zpty -d shell`;
  const file = join(directory, 'typed.zsh');
  writeFileSync(file, script);
  const { stdout, stderr } = spawnSync('zsh', ['-f', file], { encoding: 'utf8', cwd: '/', timeout: 20_000 });
  expect(stderr).toBe('');
  return /CALLED <([^>]*)>/.exec(stdout.slice(stdout.lastIndexOf('CALLED')))?.[1] ?? stdout;
}

function quotedForZsh(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

describe.skipIf(!isInstalled('zsh'))('completion in zsh, typed in a terminal', () => {
  test.each([
    ['ferrule sto\\tver\\t', 'store verify'],
    ['ferrule build --no-d\\t', 'build --no-default-features'],
    ['ferrule build app:l\\t', 'build app:lib'],
    ['ferrule --color nev\\tshow', '--color never show'],
  ])(
    '%j',
    (typed, called) => {
      expect(zshCalls('', typed)).toBe(called);
    },
    90_000,
  );

  test('the script can also be evaluated', () => {
    expect(zshCalls(`eval "$(cat ${scriptFile('zsh')})"`, 'ferrule sto\\tver\\t')).toBe('store verify');
  }, 90_000);
});

describe('completion scripts', () => {
  test('name every option and command in every shell', () => {
    const flags = Object.values(OPTIONS).map(({ flag }) => flag);
    const words = Object.keys(COMMANDS).flatMap((name) => name.split(' '));
    for (const shell of ['bash', 'zsh', 'fish'] as const) {
      const script = completionScript(shell);
      for (const word of [...flags, ...words]) expect(script).toContain(word);
    }
  });

  test('are syntactically right in bash', () => {
    expect(spawnSync('bash', ['-n'], { input: completionScript('bash'), encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
  });

  test.skipIf(!isInstalled('zsh'))('are syntactically right in zsh', () => {
    expect(spawnSync('zsh', ['-n', scriptFile('zsh')], { encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
  });

  test.skipIf(!isInstalled('fish'))('are understood by fish', () => {
    expect(fish('ferrule st')).toEqual(['store']);
    expect(fish('ferrule store ').toSorted()).toEqual(['gc', 'stats', 'verify']);
    expect(fish('ferrule build ap')).toEqual(['app']);
    expect(fish('ferrule build --no-d')).toEqual(['--no-default-features']);
    expect(fish('ferrule store verify --max')).toEqual([]);
    expect(fish('ferrule build --sandbox ').toSorted()).toEqual(['auto', 'off', 'on']);
  });
});
