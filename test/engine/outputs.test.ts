import { existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bringLinksHome, mountedView } from '../../src/engine/local/outside-links.ts';
import { removeToolLogs } from '../../src/engine/local/tool-logs.ts';

let scratch: string;

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'ferrule-outputs-'));
  mkdirSync(join(scratch, 'build/out/include'), { recursive: true });
  mkdirSync(join(scratch, 'crate/include'), { recursive: true });
  writeFileSync(join(scratch, 'crate/include/one.h'), 'one');
});

afterEach(() => rmSync(scratch, { recursive: true, force: true }));

function out(path: string): string {
  return join(scratch, 'build/out', path);
}

function settle(): void {
  const view = mountedView({ scratch, mounts: [{ source: join(scratch, 'crate'), target: '/build/registry/crate-1.0.0' }] });
  bringLinksHome({ directory: out(''), path: '/build/out', view });
}

describe('links in an output directory', () => {
  test('become copies of what the action saw behind them', () => {
    symlinkSync('/build/registry/crate-1.0.0/include/one.h', out('absolute.h'));
    symlinkSync('../../registry/crate-1.0.0/include/one.h', out('include/relative.h'));
    symlinkSync('/build/registry/crate-1.0.0/include', out('all'));
    settle();
    for (const path of ['absolute.h', 'include/relative.h', 'all/one.h']) {
      expect(lstatSync(out(path)).isFile()).toBe(true);
      expect(readFileSync(out(path), 'utf8')).toBe('one');
    }
  });

  test('become copies of directories that are links themselves, as inputs are without a sandbox', () => {
    symlinkSync(join(scratch, 'crate/include'), join(scratch, 'linked'));
    symlinkSync(join(scratch, 'linked'), out('all'));
    bringLinksHome({
      directory: out(''),
      path: out('').replace(/\/$/, ''),
      view: { pathOf: out, hostPath: (path) => path, isOwn: () => true },
    });
    expect(lstatSync(out('all')).isDirectory()).toBe(true);
    expect(readFileSync(out('all/one.h'), 'utf8')).toBe('one');
  });

  test('stay links, relative ones, when they stay inside', () => {
    writeFileSync(out('two.h'), 'two');
    symlinkSync('/build/out/two.h', out('include/two.h'));
    symlinkSync('../two.h', out('include/again.h'));
    settle();
    expect(lstatSync(out('include/two.h')).isSymbolicLink()).toBe(true);
    expect(readFileSync(out('include/two.h'), 'utf8')).toBe('two');
    expect(readFileSync(out('include/again.h'), 'utf8')).toBe('two');
  });

  test('go when there is nothing behind them', () => {
    symlinkSync('/build/registry/crate-1.0.0/nothing', out('nothing'));
    settle();
    expect(lstatSync(out('nothing'), { throwIfNoEntry: false })).toBeUndefined();
  });

  test('to a directory of the system stay as they are', () => {
    symlinkSync('/usr', out('usr'));
    settle();
    expect(lstatSync(out('usr')).isSymbolicLink()).toBe(true);
  });
});

test('logs of build tools are no outputs, and files that only have such a name are', () => {
  mkdirSync(out('build/CMakeFiles'), { recursive: true });
  writeFileSync(out('build/config.log'), 'This file contains any messages produced by compilers while\nrunning configure');
  writeFileSync(out('build/CMakeFiles/CMakeOutput.log'), 'x');
  writeFileSync(out('build/.ninja_log'), 'x');
  writeFileSync(out('config.log'), 'level = "debug"\n');
  writeFileSync(out('CMakeOutput.log'), 'x');
  removeToolLogs(out(''));
  expect(['build/config.log', 'build/CMakeFiles/CMakeOutput.log', 'build/.ninja_log'].filter((path) => existsSync(out(path)))).toEqual([]);
  expect(['config.log', 'CMakeOutput.log'].filter((path) => existsSync(out(path)))).toEqual(['config.log', 'CMakeOutput.log']);
});
