import type { RustFacts } from '../rust/facts.ts';
import { SOURCE_ROOT, TOOLCHAIN_ROOT } from '../rust/layout.ts';
import { packagePlaces } from '../rust/units/package-place.ts';
import type { KnownPaths } from './rust-outcome.ts';

/** Paths of one workspace's actions as the user knows them: `/build/registry/libc-0.2.186/src` is where cargo unpacked that crate. */
export function knownPaths(facts: RustFacts): KnownPaths {
  const places = packagePlaces(facts);
  const pairs: [from: string, to: string][] = [
    [SOURCE_ROOT, facts.sourceAnchor],
    [TOOLCHAIN_ROOT, facts.toolchain.sysroot],
  ];
  for (const pkg of new Set(facts.graph.units.map((unit) => unit.package))) {
    if (pkg.source.kind !== 'path') pairs.push([places.root(pkg), pkg.root]);
  }
  pairs.sort(([left], [right]) => right.length - left.length);
  return (text) => (text.includes('/build/') ? pairs.reduce((known, [from, to]) => known.replaceAll(`${from}/`, `${to}/`), text) : text);
}
