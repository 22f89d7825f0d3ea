import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { sha256Of } from '../../src/model/digest.ts';
import {
  EMPTY_LOCK,
  type FerruleLock,
  formatFerruleLock,
  parseFerruleLock,
  readFerruleLock,
  writeFerruleLock,
} from '../../src/repository/ferrule-lock.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const LOCK: FerruleLock = {
  git: [
    { url: 'https://example.org/b', revision: '2', tree: sha256Of('x') },
    { url: 'https://example.org/a', revision: '1', tree: sha256Of('y') },
  ],
  toolchain: { rust: 'rustc 1.95.0 (abc 2026-04-14)', 'python 3.12': 'cpython' },
};

test('the text is the same whatever the order', () => {
  const reversed = { git: LOCK.git.toReversed(), toolchain: Object.fromEntries(Object.entries(LOCK.toolchain).toReversed()) };
  expect(formatFerruleLock(reversed)).toBe(formatFerruleLock(LOCK));
  expect(formatFerruleLock(LOCK)).toMatchInlineSnapshot(`
    "# Written by \`ferrule lock\`. Keep it under version control; do not edit it.
    version = 1

    [[git]]
    url = "https://example.org/a"
    rev = "1"
    tree = "sha256:a1fce4363854ff888cff4b8e7875d600c2682390412a8cf79b37d0b11148b0fa"

    [[git]]
    url = "https://example.org/b"
    rev = "2"
    tree = "sha256:2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"

    [toolchain]
    "python 3.12" = "cpython"
    rust = "rustc 1.95.0 (abc 2026-04-14)"
    "
  `);
});

test('what is written is read again', async () => {
  const directory = temporaryDirectory();
  const path = `${directory}/ferrule.lock`;
  expect(await readFerruleLock({ path, file: 'ferrule.lock' })).toEqual({ ok: true, value: undefined });
  writeFerruleLock(path, EMPTY_LOCK);
  expect(await readFerruleLock({ path, file: 'ferrule.lock' })).toEqual({ ok: true, value: EMPTY_LOCK });
  const entry = fc.record({ url: fc.string({ unit: 'binary' }), revision: fc.string(), tree: fc.string().map(sha256Of) });
  const toolchain = fc.dictionary(
    fc.string().filter((name) => !['__proto__', 'prototype', 'constructor'].includes(name)),
    fc.string({ unit: 'binary' }),
  );
  await fc.assert(
    fc.asyncProperty(fc.record({ git: fc.array(entry, { maxLength: 1 }), toolchain }), async (lock) => {
      expect(await parseFerruleLock({ file: 'ferrule.lock', text: formatFerruleLock(lock) })).toEqual({
        ok: true,
        value: { git: lock.git, toolchain: { ...lock.toolchain } },
      });
    }),
  );
});

test.each(['version = 2', '', 'version = 1\nmore = 1', 'version = 1\n[[git]]\nurl = "u"\nrev = "r"\ntree = "sha256:12"'])(
  '%j is refused',
  async (text) => {
    const lock = await parseFerruleLock({ file: 'ferrule.lock', text });
    expect(lock.ok ? [] : lock.diagnostics.map(({ code, message, facts, hints }) => [code, message, facts, hints])).toMatchSnapshot();
  },
);
