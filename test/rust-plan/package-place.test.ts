import { describe, expect, test } from 'vitest';
import { packagePlaces } from '../../src/rust/units/package-place.ts';
import type { PackageSource } from '../../src/rust/unit.ts';
import { compiled, madeFacts, type MadeUnit, planOf, REGISTRY } from './made-facts.ts';

function place(unit: MadeUnit): { readonly source: string | undefined; readonly directory: string; readonly manifest: string | undefined } {
  const planned = compiled(planOf(madeFacts([unit])), 0);
  return { source: planned.arguments[4], directory: planned.workingDirectory, manifest: planned.environment['CARGO_MANIFEST_PATH'] };
}

describe('where a package stands in the sandbox', () => {
  test('a member of the workspace is compiled from the workspace root', () => {
    expect(place({ name: 'core' })).toEqual({
      source: 'core/src/lib.rs',
      directory: '/build/src/work',
      manifest: '/build/src/work/core/Cargo.toml',
    });
  });

  test('a path package outside the workspace is compiled from its own root', () => {
    expect(place({ name: 'near', root: '/home/someone/repo/near' })).toEqual({
      source: '/build/src/near/src/lib.rs',
      directory: '/build/src/near',
      manifest: '/build/src/near/Cargo.toml',
    });
  });

  test('a crate of crates.io', () => {
    expect(place({ name: 'serde', version: '1.0.2+meta', source: REGISTRY })).toEqual({
      source: '/build/registry/serde-1.0.2+meta/src/lib.rs',
      directory: '/build/registry/serde-1.0.2+meta',
      manifest: '/build/registry/serde-1.0.2+meta/Cargo.toml',
    });
  });

  test('a crate of another registry cannot be taken for it', () => {
    const other = place({ name: 'serde', source: { ...REGISTRY, registry: 'sparse+https://crates.example/index/' } });
    expect(other.directory).toMatch(/^\/build\/registry\/[0-9a-f]{8}\/serde-1\.0\.0$/);
  });

  test('a package inside a git checkout keeps its place in it', () => {
    const source: PackageSource = { kind: 'git', url: 'https://host/a/tools.git?branch=x', revision: 'abcdef0123', checkout: '/c/tools' };
    const nested = place({ name: 'deep', source, root: '/c/tools/crates/deep' });
    expect(nested.directory).toMatch(/^\/build\/git\/tools-[0-9a-f]{8}-abcdef0\/crates\/deep$/);
    expect(nested.source).toBe(`${nested.directory}/src/lib.rs`);
  });

  test('a package that lies nowhere below the anchor is a programming error', () => {
    expect(() => place({ name: 'far', root: '/elsewhere/far' })).toThrow(/internal: .*does not lie below/);
  });
});

describe('paths of this machine in flags', () => {
  const places = packagePlaces({ workspaceRoot: '/home/me/repo/work', sourceAnchor: '/home/me/repo' });

  test.each([
    ['-Clink-arg=-T/home/me/repo/work/link.ld', '-Clink-arg=-T/build/src/work/link.ld'],
    ['/home/me/repo', '/build/src'],
    ['/home/me/repo:/home/me/repo/lib', '/build/src:/build/src/lib'],
    ['/home/me/repository/linker', '/home/me/repository/linker'],
    ['/usr/bin/ld', '/usr/bin/ld'],
  ])('%s becomes %s', (text, translated) => {
    expect(places.translate(text)).toBe(translated);
  });
});
