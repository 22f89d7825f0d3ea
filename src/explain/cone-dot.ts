import type { Cone, ConePackage } from './cone.ts';

/** The packages of a cone as a DOT digraph, each pointing to what it is built from. */
export function coneDot({ target, packages }: Pick<Cone, 'target' | 'packages'>): string {
  const nodes = packages.map((pkg, id) => `  ${id} [label=${quoted(labelOf(pkg))}, shape=${SHAPES[pkg.kind]}];\n`);
  const edges = packages.flatMap(({ dependencies }, id) => dependencies.map((dependency) => `  ${id} -> ${dependency};\n`));
  return `digraph ${quoted(target)} {\n  rankdir=LR;\n  node [fontname="sans-serif"];\n${nodes.join('')}${edges.join('')}}\n`;
}

const SHAPES: Readonly<Record<ConePackage['kind'], string>> = {
  workspace: 'box',
  built: 'box',
  environment: 'folder',
  registry: 'ellipse',
  wheel: 'ellipse',
  git: 'hexagon',
};

function labelOf({ name, version }: ConePackage): string {
  return version === undefined ? name : `${name} ${version}`;
}

function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
