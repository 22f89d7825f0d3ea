import { join } from 'node:path';
import { type Diagnostic, fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import type { Artifact } from '../../python/artifact.ts';
import type { InstalledInterpreter } from '../../python/interpreter.ts';
import type { Project } from '../../python/project/project.ts';
import type { ResolvedDistribution } from '../../python/resolution.ts';
import type { ReplacedWheel } from '../../repository/config.ts';
import type { Repository } from '../../repository/repository.ts';
import type { RunContext } from '../run-context.ts';
import type { PlannedPart } from './environment-step.ts';
import type { BuiltFor } from './build-settings.ts';
import type { PythonMembers } from './members.ts';
import type { PythonPlanner } from './planner.ts';
import { overridesFor } from './distribution-overrides.ts';

export interface SourceQuestion {
  readonly planner: PythonPlanner;
  readonly repository: Repository;
  readonly members: PythonMembers;
  readonly context: RunContext;
  readonly installed: InstalledInterpreter;
  readonly distribution: ResolvedDistribution;
  /** Projects of the checkout are used where they lie. */
  readonly editable: boolean;
  readonly builtFor: BuiltFor;
}

export type SourceNode = Pick<PlannedPart, 'node' | 'kind'>;

/** The node that brings a distribution; `undefined`: it stands for its dependencies only. */
export async function planSource(question: SourceQuestion): Promise<Result<SourceNode | undefined>> {
  const { planner, repository, members, installed, distribution, editable, builtFor } = question;
  const { name, version, source } = distribution;
  const label = version === undefined ? name : `${name} ${version}`;
  const replaced = overridesFor(repository.config, { name, version }).find(({ replace }) => replace !== undefined);
  if (replaced?.replace !== undefined) {
    return ok({ node: planner.fetched(replacement(replaced.replace, repository.root), `${label} (replaced)`), kind: 'wheel' });
  }
  switch (source.kind) {
    case 'wheel':
      return ok({ node: planner.fetched(source.artifact, label, distribution.span), kind: 'wheel' });
    case 'virtual':
      return ok(undefined);
    case 'directory': {
      const project = await members.projectAt(source.directory);
      if (!project.ok) return project;
      const copied = editable && importsByCode(project.value) ? [usedAsCopy(project.value)] : [];
      const form = editable && copied.length === 0 ? 'editable' : 'wheel';
      const { localProjectNode } = await import('./project-node.ts');
      const node = await localProjectNode(planner, { name, directory: source.directory, installed, form, builtFor });
      return node.ok ? ok({ node: node.value, kind: form }, [...copied, ...(node.warnings ?? [])]) : node;
    }
    case 'sdist':
    case 'git': {
      const { planForeignSource } = await import('./foreign-source.ts');
      const node = await planForeignSource({ ...question, source, label });
      return node.ok ? ok({ node: node.value, kind: 'wheel' }, node.warnings) : fail(...node.diagnostics);
    }
  }
}

/** Backends whose editable wheels import through code that builds again when it runs, in a directory of theirs. */
const IMPORTING_BACKENDS: ReadonlySet<string> = new Set(['mesonpy', 'scikit_build_core.build', 'scikit_build_core.setuptools.build_meta']);

function importsByCode({ buildSystem }: Project): boolean {
  return buildSystem !== undefined && IMPORTING_BACKENDS.has(buildSystem.backend);
}

function usedAsCopy(project: Project): Diagnostic {
  const name = project.metadata?.writtenName ?? project.file;
  return {
    code: 'F1037',
    severity: 'warning',
    blame: 'input',
    message: `\`${name}\` is in the editable environment as its wheel: \`${project.buildSystem?.backend ?? ''}\` cannot use it where it lies`,
    span: project.spanOf(['build-system']),
    hints: ['build again after an edit'],
  };
}

function replacement({ wheel, sha256 }: ReplacedWheel, root: string): Artifact {
  const isAddress = /^https?:\/\//.test(wheel);
  const filename = decodeURIComponent(wheel.slice(wheel.lastIndexOf('/') + 1).replace(/[?#].*$/, ''));
  return {
    filename,
    location: isAddress ? { kind: 'url', url: wheel, index: undefined } : { kind: 'path', path: join(root, wheel) },
    hash: { algorithm: 'sha256', hex: sha256 },
    size: undefined,
  };
}
