import type { StateNode } from './run-state.ts';

type Named = Pick<StateNode, 'label' | 'verb' | 'key'>;

/** Which node of an earlier graph is which of a later one. */
export interface NodeMatches {
  /** Position of the earlier node; `undefined`: it is new. */
  readonly earlier: (later: number) => number | undefined;
  /** Position of the later node; `undefined`: it is gone. */
  readonly later: (earlier: number) => number | undefined;
}

/**
 * Nodes are the same when they have the same key, else the same label, else the same label but for the version; several that could be
 * meant are taken in the order of their graphs, which does not change by chance.
 */
export function matchNodes(before: readonly Named[], after: readonly Named[]): NodeMatches {
  const earlier = new Map<number, number>();
  const later = new Map<number, number>();
  for (const nameOf of [keyName, labelName, familyName]) {
    const waiting = new Map<string, number[]>();
    for (const [position, node] of before.entries()) {
      const name = later.has(position) ? undefined : nameOf(node);
      if (name !== undefined) waiting.set(name, [...(waiting.get(name) ?? []), position]);
    }
    for (const [position, node] of after.entries()) {
      const name = earlier.has(position) ? undefined : nameOf(node);
      const found = name === undefined ? undefined : waiting.get(name)?.shift();
      if (found === undefined) continue;
      earlier.set(position, found);
      later.set(found, position);
    }
  }
  return { earlier: (position) => earlier.get(position), later: (position) => later.get(position) };
}

/** The name a unit or a distribution has at every version: `serde (build script run)` of `serde v1.0.228 (build script run)`. */
export function labelFamily(label: string): string {
  return label.replace(VERSION, '');
}

/** `1.0.228` of `serde v1.0.228`; `undefined`: the label has no version. */
export function labelVersion(label: string): string | undefined {
  return VERSION.exec(label)?.[1];
}

/** `serde` of `serde v1.0.228 (build script run)`. */
export function labelPackage(label: string): string {
  return label.split(' ', 1)[0] ?? label;
}

const VERSION = / v?(\d[^\s()]*)(?= |$)/;

function keyName({ key, label, verb }: Named): string | undefined {
  return key === undefined ? undefined : `${key} ${verb} ${label}`;
}

function labelName({ label, verb }: Named): string {
  return `${verb} ${label}`;
}

function familyName({ label, verb }: Named): string {
  return `${verb} ${labelFamily(label)}`;
}
