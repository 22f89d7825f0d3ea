import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Sha256, sha256Of } from '../model/digest.ts';
import { recordedEnvironment, recordedTree } from '../record/action-ingredients.ts';
import { contentOf, type Ingredients, type RecordedInput } from '../record/run-record.ts';
import type { Repository } from '../repository/repository.ts';
import { relativeToRoot, SOURCE_ROOT, TOOLCHAIN_ROOT } from '../rust/layout.ts';
import { PYTHON_ROOT } from '../python/interpreter.ts';
import type { MadePlan } from './make-plan.ts';
import type { NixLibrary } from './nix-library.ts';
import type { NixFetch, NixNode, NixPlan } from './plan-file.ts';

/** What is written down of a derivation: the plan decides it, so that it is known without Nix. */
export interface DescribedNode {
  /** Hexadecimal: over all that the derivation follows from, as far as the plan and the repository say it. */
  readonly key: Sha256;
  readonly ingredients: Ingredients;
}

export interface DescriptionOptions {
  readonly made: Pick<MadePlan, 'plan' | 'lowered' | 'trees' | 'filesOf'>;
  readonly repository: Repository;
  readonly library: NixLibrary;
  /** The user's environment. */
  readonly environment: Readonly<Record<string, string>>;
}

/** The nodes of a plan, by name, in its order. */
export function describeNodes(options: DescriptionOptions): ReadonlyMap<string, DescribedNode> {
  const { made } = options;
  const machine = machineOf(options);
  const described = new Map<string, DescribedNode>();
  const describe = (name: string): DescribedNode => {
    const known = described.get(name);
    if (known !== undefined) return known;
    const node = made.lowered.get(name);
    if (node === undefined) throw new Error(`internal: the plan has no \`${name}\``);
    const ingredients = ingredientsOf(options, node, machine);
    const needs = node.needs.map((need) => describe(need).key);
    const sources = node.sources.map((source) => made.trees[source]?.hash);
    const one = { key: sha256Of(JSON.stringify([{ ...node, needs, sources }, ingredients.platform])), ingredients };
    described.set(name, one);
    return one;
  };
  return new Map(Object.keys(made.plan.nodes).map((name) => [name, describe(name)]));
}

/** How the toolchains and interpreters of a plan call themselves, by what stands for their content. */
export function recordedToolchains({ toolchains, pythons }: NixPlan): Readonly<Record<string, string>> {
  const names = [
    ...Object.keys(toolchains).map((version) => [toolchainContent(version), `rustc ${version}`] as const),
    ...Object.keys(pythons).map((version) => [pythonContent(version), `Python ${version}`] as const),
  ];
  return Object.fromEntries(names);
}

function ingredientsOf({ made }: DescriptionOptions, node: NixNode, machine: Ingredients['platform']): Ingredients {
  const { plan, trees, filesOf } = made;
  const inputs: Record<string, RecordedInput> = {};
  const vendored = vendoredSources(node);
  const own = node.sources.flatMap((source, index): readonly RecordedInput[] => {
    const tree = trees[source];
    const place = vendored.get(index);
    if (tree === undefined) return [];
    if (place === undefined) return [recordedTree(tree, filesOf)];
    inputs[`download/${place}`] = contentOf(tree.hash);
    return [];
  });
  if (own.length > 0) inputs[relativeToRoot(SOURCE_ROOT)] = together(own);
  for (const name of node.fetches) {
    const fetch = plan.fetches[name];
    if (fetch !== undefined) inputs[`download/${fetch.name}`] = contentOf(fetchContent(fetch));
  }
  if (node.toolchain !== null) inputs[relativeToRoot(TOOLCHAIN_ROOT)] = toolchainContent(node.toolchain);
  const python = node.distribution?.python ?? undefined;
  if (python !== undefined) inputs[relativeToRoot(PYTHON_ROOT)] = pythonContent(python);
  const environment = Object.assign({}, ...node.steps.map((step) => ('environment' in step ? step.environment : {})));
  return {
    arguments: node.steps.flatMap((step) => ('arguments' in step ? step.arguments : [step.kind])),
    environment: recordedEnvironment(environment),
    inputs,
    platform: { ...machine, ...Object.fromEntries(node.system.map((name) => [`package:${name}`, 'nixpkgs'])) },
  };
}

/** Sources, by position, that are crates of others: a new version of one is no edit of its files. */
function vendoredSources({ steps }: NixNode): ReadonlyMap<number, string> {
  const placed = steps.flatMap((step) => ('trees' in step ? step.trees : []));
  return new Map(placed.flatMap(({ from }) => ('source' in from && from.below !== undefined ? [[from.source, from.below] as const] : [])));
}

/** What derivations are made with, beside the plan. */
function machineOf({ repository, library, environment }: DescriptionOptions): Ingredients['platform'] {
  const programs = [library.ferrule, library.runner, library.pythonRunner].map((path) => sha256Of(readFileSync(path)));
  return {
    'package set': contentOf(packageSet(repository, environment)),
    "Ferrule's library for Nix": contentOf(sha256Of(programs.join('\n'))),
  };
}

/** What names the package set: its file, the flake's lock, or the search path. */
function packageSet({ root, config: { nix } }: Repository, environment: Readonly<Record<string, string>>): string {
  const files = nix.packages === undefined ? ['flake.lock', 'flake.nix'] : [nix.packages];
  const file = files.map((name) => join(root, name)).find((path) => existsSync(path));
  return sha256Of(file === undefined ? (environment['NIX_PATH'] ?? '') : readFileSync(file));
}

/** Several parts of the repository lie at their places in one root. */
function together(parts: readonly RecordedInput[]): RecordedInput {
  const [only, ...others] = parts;
  if (only !== undefined && others.length === 0) return only;
  const tree = contentOf(sha256Of(parts.map((part) => (typeof part === 'string' ? part : part.tree)).join('\n')));
  const listed = parts.flatMap((part) => (typeof part === 'string' ? [] : [part.files]));
  return listed.length < parts.length ? tree : { tree, files: Object.assign({}, ...listed) };
}

function fetchContent(fetch: NixFetch): string {
  return fetch.kind === 'git' ? fetch.narSha256 : fetch.sha256;
}

function toolchainContent(version: string): string {
  return contentOf(sha256Of(`rustc ${version}`));
}

function pythonContent(version: string): string {
  return contentOf(sha256Of(`Python ${version}`));
}
