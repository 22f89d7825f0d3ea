import { existsSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { EnvironmentPart } from '../../python/environment.ts';
import type { Project } from '../../python/project/project.ts';
import { TomlReader } from '../../python/project/toml-reader.ts';
import { relativeToRoot, SOURCE_ROOT } from '../../rust/layout.ts';
import { PYTEST_TRACEFILE } from '../checks/test-report.ts';
import type { PlannedEnvironment } from '../python/environment-node.ts';
import type { PythonPlanner } from '../python/planner.ts';
import type { IndexedProject } from '../python/request.ts';
import type { Tracefile } from './coverage-report.ts';
import type { CountingRun } from './rust-coverage.ts';

/** What measures a project's tests: pytest's plugin, which knows the processes of pytest-xdist as well, or coverage.py by itself. */
export type PytestMeasurement = 'pytest-cov' | 'coverage';

/** What the environment has for it; `undefined`: nothing. */
export function pytestMeasurement({ parts }: PlannedEnvironment): PytestMeasurement | undefined {
  const names = new Set<string>(parts.map(({ origin }) => origin.name));
  return names.has('pytest-cov') ? 'pytest-cov' : names.has('coverage') ? 'coverage' : undefined;
}

/** Words that start pytest so that it is measured, before those it has anyway. */
export function measuredPytest(options: {
  readonly measurement: PytestMeasurement;
  /** Directory of the environment's programs. */
  readonly programs: string;
  readonly sources: MeasuredSources;
}): readonly string[] {
  const { measurement, programs, sources } = options;
  const { directories } = sources;
  if (measurement === 'pytest-cov') {
    const chosen = sources.namedBy === 'nobody' ? directories.map((source) => `--cov=${source}`) : ['--cov'];
    return [`${programs}/pytest`, ...(sources.namedBy === 'pytest' ? [] : chosen), `--cov-report=lcov:${PYTEST_TRACEFILE}`];
  }
  const chosen = sources.namedBy === 'nobody' ? [`--source=${directories.join(',')}`] : [];
  return [`${programs}/coverage`, 'run', ...chosen, '-m', 'pytest'];
}

/** What of a project is measured. */
export interface MeasuredSources {
  /** Whose configuration says it; `nobody`: it is all of the directories. */
  readonly namedBy: 'pytest' | 'coverage' | 'nobody';
  /** Absolute directories of the root that hold the project's own modules. */
  readonly directories: readonly string[];
}

/** Shell commands after a pytest that ended well: what its processes left apart is put together, where it is configured so. */
export const WRITE_TRACEFILE = `coverage combine --quiet > /dev/null 2>&1; coverage lcov --quiet -o ${PYTEST_TRACEFILE}`;

/** The project's own modules are in what its editable wheel puts on the path, else in its own directory. */
export function measuredSources(options: {
  readonly project: Project;
  readonly indexed: IndexedProject;
  readonly parts: readonly EnvironmentPart[];
  /** Absolute: stands at the source root. */
  readonly repositoryRoot: string;
}): MeasuredSources {
  const { project, indexed, parts, repositoryRoot } = options;
  const own = parts.flatMap((part) => (part.kind === 'editable' && part.origin.name === indexed.name ? part.sources : []));
  const directories = (own.length === 0 ? [indexed.directory] : own).map((source) => SOURCE_ROOT + source.slice(repositoryRoot.length));
  return { namedBy: whoNamesSources(project), directories };
}

function whoNamesSources({ document, directory }: Project): MeasuredSources['namedBy'] {
  const reader = new TomlReader(document);
  const options = [reader.value(['tool', 'pytest', 'ini_options', 'addopts']), reader.value(['tool', 'pytest', 'addopts'])];
  // A bare `--cov` after one with a value would mean everything that is imported.
  if (/--cov[=\s"]/.test(JSON.stringify(options))) return 'pytest';
  const run = ['tool', 'coverage', 'run'];
  if (['source', 'source_pkgs', 'source_dirs', 'include'].some((key) => reader.value([...run, key]) !== undefined)) return 'coverage';
  const file = join(directory, '.coveragerc');
  const isNamed = existsSync(file) && /^(?:source|source_pkgs|source_dirs|include)\s*=/m.test(readFileSync(file, 'utf8'));
  return isNamed ? 'coverage' : 'nobody';
}

/** The tracefile of a project's pytest; it names sources relative to the project, or by their place in the root. */
export function pytestTracefile({ displayName: name, directory }: IndexedProject, repositoryRoot: string): Tracefile {
  const place = SOURCE_ROOT + directory.slice(repositoryRoot.length);
  return {
    read: ({ outputs }, store) => {
      const found = outputs.find(({ path }) => path === relativeToRoot(PYTEST_TRACEFILE));
      return found === undefined ? undefined : store.readBlob(found.digest)?.toString('utf8');
    },
    placed: (source) => {
      const path = posix.resolve(place, source);
      return path.startsWith(`${SOURCE_ROOT}/`) ? repositoryRoot + path.slice(SOURCE_ROOT.length) : undefined;
    },
    packages: [{ name, language: 'python', directory }],
  };
}

/** The extension modules of a project that count what is executed, by the workspaces they come from. */
export function countingModules(planner: PythonPlanner, { parts }: PlannedEnvironment, { name }: IndexedProject): readonly CountingRun[] {
  const own = parts.filter(({ kind, origin }) => kind === 'editable' && origin.name === name);
  const units = own.flatMap(({ node }) => planner.nodes[node]?.units ?? []);
  const plans = new Set(units.flatMap(({ workspace }) => (workspace.facts.coverage === undefined ? [] : [workspace])));
  return [...plans].map((plan) => {
    const made = units.flatMap(({ workspace, unit }) => (workspace === plan ? (plan.units[unit] ?? []) : []));
    const artifacts = made.flatMap((unit) =>
      unit.kind === 'run-script'
        ? []
        : unit.outputs
            .filter(({ kind }) => kind === 'cdylib' || kind === 'executable')
            .map((file) => ({ unit: unit.index, file: file.name, path: `${MODULES}/${unit.unitId}/${file.name}` })),
    );
    const packages = new Set(plan.units.map(({ unit }) => unit.package));
    return { plan, artifacts, packages: [...packages].filter(({ isWorkspaceMember }) => isWorkspaceMember) };
  });
}

/** Where LLVM's tools find the modules. */
const MODULES = '/build/objects';

/** F1075: nothing in a project's environment measures what its tests execute. */
export function nothingMeasures(project: string): Diagnostic {
  return {
    code: 'F1075',
    severity: 'error',
    blame: 'input',
    message: `nothing in the environment of \`${project}\` measures what its tests execute`,
    hints: ['add `pytest-cov` where pytest is: `uv add --dev pytest-cov`', 'or leave pytest out, with `--only`'],
  };
}
