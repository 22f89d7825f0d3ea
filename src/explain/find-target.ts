import { ok, type Result } from '../diagnostics/diagnostic.ts';
import { parseTargetName, type TargetName } from '../repository/target-name.ts';
import { labelPackage } from './match-nodes.ts';
import type { RecordedTarget } from '../record/run-record.ts';

/** What a question is about: a target, or a package that is part of one. */
export interface Subject {
  /** As written. */
  readonly text: string;
  readonly name: string;
  /** `bin "rg"`, when the output names one. */
  readonly part: string | undefined;
}

/** F0751 to F0753 as {@link parseTargetName}. */
export function parseSubject(text: string): Result<Subject> {
  const parsed = parseTargetName(text);
  return parsed.ok ? ok({ text, name: parsed.value.name, part: partOf(parsed.value) }) : parsed;
}

/** What there is to find something in: a record, or a graph. */
interface Graph {
  readonly nodes: readonly { readonly label: string; readonly dependencies: readonly number[] }[];
  readonly targets: readonly RecordedTarget[];
}

/** Nodes of a target; those of the package of that name where none was asked for. Empty: the graph has neither. */
export function nodesOf(graph: Graph, { name, part }: Subject): readonly number[] {
  const wanted = normalised(name);
  const asked = graph.targets.find((target) => normalised(target.name) === wanted)?.nodes ?? [];
  const named = asked.filter((node) => part === undefined || graph.nodes[node]?.label.includes(`(${part})`) === true);
  if (named.length > 0) return named;
  const all = [...graph.nodes.keys()].filter((node) => normalised(labelPackage(graph.nodes[node]?.label ?? '')) === wanted);
  // What others are built from: a script is part of its package, and stands below it.
  const below = new Set(all.flatMap((node) => graph.nodes[node]?.dependencies ?? []));
  return all.filter((node) => !below.has(node));
}

function partOf({ output }: TargetName): string | undefined {
  return output !== undefined && 'name' in output && output.name !== undefined ? `${output.kind} "${output.name}"` : undefined;
}

/** Distributions are known by several spellings. */
function normalised(name: string): string {
  return name.toLowerCase().replaceAll(/[-_.]+/g, '-');
}
