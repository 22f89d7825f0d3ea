import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Interpreter } from '../../../src/python/interpreter.ts';
import type { CompiledCode, StableAbi } from '../../../src/python/maturin/crate-facts.ts';
import { NO_SETTINGS } from '../../../src/python/maturin/settings.ts';
import { platformTags } from '../../../src/python/maturin/platform-tag.ts';
import { expandedTags, extensionFileName, pythonTag, tagText } from '../../../src/python/maturin/wheel-tag.ts';
import { digestOf } from '../../../src/model/digest.ts';
import { cpython } from '../extension/interpreters.ts';

const library = { digest: digestOf(''), path: '/none' };

function tagOf(interpreter: Interpreter, stableAbi?: StableAbi): string {
  const { python, abi } = pythonTag({ kind: 'module', library, stableAbi }, interpreter);
  return tagText({ python, abi, platform: ['p'] });
}

const from39: StableAbi = { kind: 'abi3', minimum: { major: 3, minor: 9 } };

describe('a wheel is tagged', () => {
  it.each<readonly [what: string, interpreter: Interpreter, abi: StableAbi | undefined, tag: string, file: string]>([
    ['for one Python', cpython(13), undefined, 'cp313-cp313-p', 'm.cpython-313-x86_64-linux-gnu.so'],
    [
      'for one free-threaded Python',
      cpython(13, { freeThreaded: true }),
      undefined,
      'cp313-cp313t-p',
      'm.cpython-313t-x86_64-linux-gnu.so',
    ],
    ['from the lowest Python of a stable interface', cpython(13), from39, 'cp39-abi3-p', 'm.abi3.so'],
    ['from this Python where no lowest is named', cpython(12), { kind: 'abi3', minimum: undefined }, 'cp312-abi3-p', 'm.abi3.so'],
    ['for one Python that is older than the stable interface', cpython(8), from39, 'cp38-cp38-p', 'm.cpython-38-x86_64-linux-gnu.so'],
    [
      'for one Python that has no such interface',
      cpython(13, { freeThreaded: true }),
      from39,
      'cp313-cp313t-p',
      'm.cpython-313t-x86_64-linux-gnu.so',
    ],
    [
      'for both kinds of threads',
      cpython(15),
      { kind: 'abi3t', minimum: { major: 3, minor: 15 } },
      'cp315-abi3.abi3t-p',
      'm.abi3t-x86_64-linux-gnu.so',
    ],
    [
      'for PyPy',
      cpython(11, { implementation: 'pypy', extensionSuffix: '.pypy311-pp73-x86_64-linux-gnu.so' }),
      from39,
      'pp311-pypy311_pp73-p',
      'm.pypy311-pp73-x86_64-linux-gnu.so',
    ],
    [
      'for GraalPy',
      cpython(11, { implementation: 'graalpy', extensionSuffix: '.graalpy242-311-native-x86_64-linux.so' }),
      undefined,
      'graalpy311-graalpy242_311_native-p',
      'm.graalpy242-311-native-x86_64-linux.so',
    ],
  ])('%s', (_what, interpreter, stableAbi, tag, file) => {
    expect(tagOf(interpreter, stableAbi)).toBe(tag);
    expect(extensionFileName({ extensionName: 'm', stableAbi, interpreter })).toBe(file);
  });

  it('for any Python when it holds programs', () => {
    expect(pythonTag({ kind: 'programs', programs: [], embedsPython: false }, cpython(13))).toEqual({ python: ['py3'], abi: ['none'] });
  });

  it('once for each combination', () => {
    expect(expandedTags({ python: ['cp315'], abi: ['abi3', 'abi3t'], platform: ['a', 'b'] })).toEqual([
      'cp315-abi3-a',
      'cp315-abi3-b',
      'cp315-abi3t-a',
      'cp315-abi3t-b',
    ]);
  });

  const code: CompiledCode = { kind: 'module', library, stableAbi: undefined };
  it('for this kind of machine, without a look at the code, when it is only installed', () => {
    expect(platformTags({ code, interpreter: cpython(13), settings: NO_SETTINGS, purpose: 'install' })).toEqual({
      ok: true,
      value: ['linux_x86_64'],
    });
  });

  it('for the narrower machine when the interpreter has 32 bits', () => {
    const interpreter = cpython(13, { pointerWidth: 32 });
    expect(platformTags({ code, interpreter, settings: NO_SETTINGS, purpose: 'install' })).toEqual({ ok: true, value: ['linux_i686'] });
  });

  it('for musl, which only asks what is linked', () => {
    const directory = mkdtempSync(join(tmpdir(), 'ferrule-musl-'));
    const built = (name: string, words: readonly string[]): CompiledCode => {
      const path = join(directory, name);
      execFileSync('cc', ['-shared', '-o', path, '-xc', '-', ...words], { input: 'int nothing(void) { return 0; }\n' });
      return { kind: 'module', library: { digest: digestOf(''), path }, stableAbi: undefined };
    };
    const interpreter = cpython(13, { platform: { os: 'linux', arch: 'x86_64', libc: { kind: 'musl', major: 1, minor: 2 } } });
    const tags = (one: CompiledCode): unknown => platformTags({ code: one, interpreter, settings: NO_SETTINGS, purpose: 'publish' });
    expect(tags(built('free.so', ['-nostdlib']))).toEqual({ ok: true, value: ['musllinux_1_2_x86_64'] });
    expect(tags(built('bound.so', ['-Wl,--no-as-needed', '-lm']))).toMatchObject({ ok: false, diagnostics: [{ code: 'F0981' }] });
    rmSync(directory, { recursive: true });
  });

  it('for the oldest macOS that the settings allow', () => {
    const interpreter = cpython(13, { platform: { os: 'macos', arch: 'arm64', major: 14, minor: 0 } });
    expect(platformTags({ code, interpreter, settings: NO_SETTINGS, purpose: 'publish' })).toEqual({
      ok: true,
      value: ['macosx_11_0_arm64'],
    });
    const settings = { ...NO_SETTINGS, deploymentTargets: { 'aarch64-apple-darwin': '13.0' } };
    expect(platformTags({ code, interpreter, settings, purpose: 'publish' })).toEqual({ ok: true, value: ['macosx_13_0_arm64'] });
  });
});
