import { readdirSync, symlinkSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseSha256 } from '../../src/model/digest.ts';
import { EMPTY_LOCK } from '../../src/repository/ferrule-lock.ts';
import { leadsOut } from '../../src/source/checkout-files.ts';
import { gitTree } from '../../src/source/git-tree.ts';
import { temporaryDirectory, writeFiles } from '../repository/temporary-directory.ts';
import { temporaryStore } from './source-rig.ts';

const URL = 'https://example.org/some/repo';
const FILES = { '.git/HEAD': 'x', '.cargo-ok': '', 'Cargo.toml': 'a', 'src/lib.rs': 'b', 'sub/.git': 'gitdir: y', 'sub/c': 'c' };

test('a checkout is taken without what git and cargo put there', () => {
  const store = temporaryStore();
  const checkout = temporaryDirectory(FILES);
  symlinkSync('src/lib.rs', `${checkout}/link`);
  const tree = gitTree({ store, url: URL, revision: 'abc', checkout, lock: undefined });
  if (!tree.ok) throw new Error('failed');
  const path = store.treePath(tree.value) ?? '';
  expect(readdirSync(path).toSorted()).toEqual(['Cargo.toml', 'link', 'src', 'sub']);
  expect(readdirSync(`${path}/sub`)).toEqual(['c']);
});

test('it is remembered by url and commit', () => {
  const store = temporaryStore();
  const checkout = temporaryDirectory(FILES);
  const first = gitTree({ store, url: URL, revision: 'abc', checkout, lock: undefined });
  writeFiles(checkout, { 'src/lib.rs': 'changed' });
  expect(gitTree({ store, url: URL, revision: 'abc', checkout, lock: undefined })).toEqual(first);
  expect(gitTree({ store, url: URL, revision: 'abd', checkout, lock: undefined })).not.toEqual(first);
});

test('links that lead out are left out with a warning', () => {
  const store = temporaryStore();
  const checkout = temporaryDirectory({ a: '' });
  symlinkSync('/etc/passwd', `${checkout}/absolute`);
  symlinkSync('../x', `${checkout}/up`);
  const tree = gitTree({ store, url: URL, revision: 'abc', checkout, lock: undefined });
  if (!tree.ok) throw new Error('failed');
  expect(readdirSync(store.treePath(tree.value) ?? '')).toEqual(['a']);
  expect(tree.warnings).toMatchInlineSnapshot(`
    [
      {
        "blame": "input",
        "code": "F0314",
        "facts": [
          [
            "link",
            "absolute -> /etc/passwd",
          ],
          [
            "link",
            "up -> ../x",
          ],
        ],
        "message": "links in \`https://example.org/some/repo\` lead out of the checkout and are left out",
        "severity": "warning",
      },
    ]
  `);
});

test('content that is not the locked one is refused', () => {
  const store = temporaryStore();
  const checkout = temporaryDirectory({ a: '' });
  const hash = parseSha256('0'.repeat(64));
  if (hash === undefined) throw new Error('no hash');
  const lock = { ...EMPTY_LOCK, git: [{ url: URL, revision: 'abc', tree: hash }] };
  const refused = gitTree({ store, url: URL, revision: 'abc', checkout, lock });
  expect(refused.ok ? [] : refused.diagnostics.map(({ code, message }) => [code, message])).toMatchInlineSnapshot(`
    [
      [
        "F0313",
        "the checkout of \`https://example.org/some/repo\` is not the one in \`ferrule.lock\`",
      ],
    ]
  `);
  expect(gitTree({ store, url: URL, revision: 'other', checkout, lock }).ok).toBe(true);
});

test('a checkout that is not there says what to run', () => {
  const refused = gitTree({ store: temporaryStore(), url: URL, revision: 'abc', checkout: '/nowhere/at/all', lock: undefined });
  expect(refused).toMatchInlineSnapshot(`
    {
      "diagnostics": [
        {
          "blame": "input",
          "code": "F0317",
          "facts": [
            [
              "commit",
              "abc",
            ],
            [
              "expected at",
              "/nowhere/at/all",
            ],
          ],
          "hints": [
            "run \`cargo fetch --locked\`",
          ],
          "message": "cargo has not checked out \`https://example.org/some/repo\`",
          "severity": "error",
        },
      ],
      "ok": false,
    }
  `);
});

test.each([
  ['a', '/x', true],
  ['a', '../x', true],
  ['a/b', '../x', false],
  ['a/b', '../../x', true],
  ['a/b', 'c/../../../x', true],
  ['a', '..', true],
  ['a/b', '..', false],
  ['a', '..x', false],
])('a link %s -> %s leads out: %s', (path, to, expected) => {
  expect(leadsOut(path, to)).toBe(expected);
});
