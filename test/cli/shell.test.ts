import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Changes, exportLines, startedShell, withChanges } from '../../src/cli/shell.ts';

const CHANGES: Changes = { variables: { QUOTED: `it's "so" $HOME` }, path: ['/made/bin'], unset: ['PYTHONHOME'] };

let home = '';
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'ferrule-shell-test-'));
  writeFileSync(join(home, '.bashrc'), 'export PATH=/own/bin:$PATH\nMINE=yes\n');
});
afterAll(() => rmSync(home, { recursive: true }));

test('lines for a shell set, extend and unset, whatever the values hold', () => {
  const done = spawnSync('sh', ['-c', `${exportLines(CHANGES)}echo "$QUOTED|$PATH|\${PYTHONHOME-none}"`], {
    encoding: 'utf8',
    env: { PATH: '/usr/bin:/bin', PYTHONHOME: '/x' },
  });
  expect(done.stdout).toBe(`it's "so" $HOME|/made/bin:/usr/bin:/bin|none\n`);
});

test('an environment is changed the same way', () => {
  const changed = withChanges({ PATH: '/usr/bin', PYTHONHOME: '/x', KEPT: '1' }, CHANGES);
  expect(changed).toEqual({ PATH: '/made/bin:/usr/bin', KEPT: '1', QUOTED: `it's "so" $HOME` });
});

test("bash reads the user's start-up file first, and the environment comes before what that sets", () => {
  const shell = startedShell({ environment: { SHELL: '/bin/bash' }, changes: CHANGES, name: 'web;rm' });
  const done = spawnSync('bash', [...shell.words, '-i', '-c', 'echo "$PATH|$MINE|$PS1"'], {
    encoding: 'utf8',
    env: { HOME: home, PATH: '/usr/bin:/bin', PS1: '$ ' },
  });
  expect(done.stdout).toMatch(/^\/made\/bin:\/own\/bin:\/usr\/bin:\/bin\|yes\|\(web_rm\) /);
  const [, file = ''] = shell.words;
  shell[Symbol.dispose]();
  expect(existsSync(file)).toBe(false);
});

/** What a shell prints for a command behind the start-up files of a home directory; interactive, as it is started. */
function started(shell: 'zsh' | 'fish', files: Readonly<Record<string, string>>, command: string): string {
  const own = mkdtempSync(join(tmpdir(), 'ferrule-shell-home-'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(own, path)), { recursive: true });
    writeFileSync(join(own, path), text.replaceAll('@HOME@', own));
  }
  const environment = { SHELL: `/usr/bin/${shell}`, HOME: own, PATH: '/usr/bin:/bin', PYTHONHOME: '/x' };
  using start = startedShell({ environment, changes: CHANGES, name: 'web' });
  const done = spawnSync(shell, [...start.words, '-i', '-c', command], { encoding: 'utf8', env: { ...environment, ...start.variables } });
  rmSync(own, { recursive: true });
  expect(done.error).toBeUndefined();
  return done.stdout.replaceAll(own, '@HOME@');
}

const SHOW = 'echo "$PATH|$MINE|$PS1|${PYTHONHOME-none}|${ZDOTDIR-none}|$QUOTED|${HISTFILE-none}"';

const isInstalled = (shell: string): boolean => spawnSync(shell, ['--version']).status === 0;

test.skipIf(!isInstalled('zsh'))(
  'zsh reads the files of the user, and the environment comes behind them',
  () => {
    const files = { '.zshenv': 'MINE=env\n', '.zshrc': 'export PATH=/own/bin:$PATH\nMINE=$MINE-rc\nPS1="$ "\n' };
    expect(started('zsh', files, SHOW)).toBe('/made/bin:/own/bin:/usr/bin:/bin|env-rc|(web) $ |none|none|it\'s "so" $HOME|none\n');
  },
  30_000,
);

test.skipIf(!isInstalled('zsh'))(
  'zsh whose files lie where its `.zshenv` says',
  () => {
    const files = {
      '.zshenv': 'export ZDOTDIR=@HOME@/.config/zsh\n',
      '.config/zsh/.zshrc': 'export PATH=/own/bin:$PATH\nMINE=rc\nHISTFILE=$ZDOTDIR/history\nPS1="$ "\n',
    };
    expect(started('zsh', files, SHOW)).toBe(
      '/made/bin:/own/bin:/usr/bin:/bin|rc|(web) $ |none|@HOME@/.config/zsh|it\'s "so" $HOME|@HOME@/.config/zsh/history\n',
    );
  },
  30_000,
);

test.skipIf(!isInstalled('fish'))(
  'fish reads the configuration of the user, and the prompt says where one is',
  () => {
    const files = { '.config/fish/config.fish': 'set -gx PATH /own/bin $PATH\nset -g MINE yes\nfunction fish_prompt; printf "> "; end\n' };
    const command = 'echo (string join : $PATH)"|$MINE|$QUOTED|"(set -q PYTHONHOME; and echo set; or echo none); fish_prompt';
    expect(started('fish', files, command)).toBe('/made/bin:/own/bin:/usr/bin:/bin|yes|it\'s "so" $HOME|none\n(web) > ');
  },
  30_000,
);
