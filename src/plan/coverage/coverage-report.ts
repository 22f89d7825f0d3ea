import { relative } from 'node:path';
import type { ActionResult } from '../../model/action.ts';
import type { Store } from '../../store/store.ts';
import { isWithin } from '../../source/path-within.ts';
import type { CheckNode } from '../checks/check.ts';
import { type Coverage, countLines, type FileCoverage, type LineCount, mergeLcov } from './lcov.ts';

/** A package or project whose sources are measured. */
export interface MeasuredPackage {
  readonly name: string;
  readonly language: 'rust' | 'python';
  /** Absolute. */
  readonly directory: string;
}

/** A tracefile (LCOV) that a check leaves. */
export interface Tracefile {
  /** `undefined`: it has left none. */
  readonly read: (result: ActionResult, store: Store) => string | undefined;
  /** Absolute path on this machine of a source that it names; `undefined`: that one is none of the user's, or was not asked for. */
  readonly placed: (source: string) => string | undefined;
  readonly packages: readonly MeasuredPackage[];
}

/** How much of each package was executed. */
export interface CoverageReport {
  readonly lines: LineCount;
  /** Those with lines that can be executed, by name. */
  readonly packages: readonly (Pick<MeasuredPackage, 'name' | 'language'> & { readonly lines: LineCount })[];
}

/** What all tests of a run have executed together. */
export interface MeasuredRun {
  /** Paths are relative to the repository, or absolute outside of it. */
  readonly coverage: Coverage;
  readonly report: CoverageReport;
}

/** Adds up what the checks of a run have measured. `undefined`: one that measures has not succeeded. */
export function measuredRun(options: {
  readonly nodes: readonly CheckNode[];
  /** `undefined`: the check did not succeed. */
  readonly resultOf: (node: CheckNode) => ActionResult | undefined;
  readonly store: Store;
  /** Absolute. */
  readonly repositoryRoot: string;
}): MeasuredRun | undefined {
  const { nodes, resultOf, store, repositoryRoot } = options;
  const measuring = nodes.flatMap((node) => (node.tracefile === undefined ? [] : [{ node, tracefile: node.tracefile }]));
  const results = measuring.flatMap(({ node }) => resultOf(node) ?? []);
  if (results.length < measuring.length) return undefined;
  const packages = [...new Map(measuring.flatMap(({ tracefile }) => tracefile.packages).map((one) => [keyOf(one), one])).values()];
  const owners = new Map<string, MeasuredPackage>();
  const coverage = mergeLcov(
    measuring.map(({ node, tracefile }) => {
      const result = resultOf(node);
      const placed = (source: string): string | undefined => {
        const path = tracefile.placed(source);
        const owner = path === undefined ? undefined : ownerOf(path, tracefile.packages);
        if (path === undefined || owner === undefined) return undefined;
        const shown = isWithin(path, repositoryRoot) ? relative(repositoryRoot, path) : path;
        owners.set(shown, owner);
        return shown;
      };
      return { text: result === undefined ? '' : (tracefile.read(result, store) ?? ''), placed };
    }),
  );
  return { coverage, report: reportOf({ coverage, packages, owners }) };
}

/** The package whose directory is nearest above a file. */
export function ownerOf<T extends Pick<MeasuredPackage, 'directory'>>(path: string, packages: readonly T[]): T | undefined {
  return packages
    .filter(({ directory }) => isWithin(path, directory))
    .reduce<T | undefined>((best, one) => (best !== undefined && best.directory.length >= one.directory.length ? best : one), undefined);
}

function reportOf(options: {
  readonly coverage: Coverage;
  readonly packages: readonly MeasuredPackage[];
  readonly owners: ReadonlyMap<string, MeasuredPackage>;
}): CoverageReport {
  const { coverage, packages, owners } = options;
  const files = new Map<string, FileCoverage[]>();
  for (const [path, file] of coverage) {
    const owner = owners.get(path);
    if (owner !== undefined) files.set(keyOf(owner), [...(files.get(keyOf(owner)) ?? []), file]);
  }
  const counted = packages
    .map((one) => ({ name: one.name, language: one.language, lines: countLines(files.get(keyOf(one)) ?? []) }))
    .filter(({ lines }) => lines.total > 0)
    .toSorted((left, right) => (left.name < right.name ? -1 : 1));
  return { lines: countLines(coverage.values()), packages: counted };
}

function keyOf({ name, language, directory }: MeasuredPackage): string {
  return `${language}\0${name}\0${directory}`;
}
