import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
