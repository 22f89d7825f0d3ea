import { type DistributionName, fileNameForm } from '../distribution-name.ts';
import { isTable } from '../project/toml-reader.ts';
import { isStrings, type ProjectManifest, tableAt } from './build-system.ts';

/** A project as its backend would look at it. */
export interface ReachQuestion {
  readonly manifest: ProjectManifest;
  readonly name: DistributionName;
  /** Whether the project has a file, by its path relative to the project. */
  readonly hasFile: (path: string) => boolean;
  /** Whether it has a directory with files in it. */
  readonly hasDirectory: (path: string) => boolean;
}

/**
 * The files and directories, besides a project's papers, that its backend may read to build a wheel; `undefined`: any. Only what a backend's
 * documented rules leave out for sure is left out: in doubt the answer is `undefined`.
 */
export function backendReach(question: ReachQuestion): readonly string[] | undefined {
  const { buildSystem } = question.manifest;
  if (buildSystem.backendPath.length > 0) return undefined;
  switch (buildSystem.backend) {
    case 'hatchling.build':
      return hatchling(question);
    case 'uv_build':
      return uvBuild(question);
    case 'setuptools.build_meta':
      return setuptools(question);
    case 'flit_core.buildapi':
      return flit(question);
    case 'poetry.core.masonry.api':
      return poetry(question);
    case 'pdm.backend':
      return pdm(question);
    default:
      return undefined;
  }
}

/** Keys by which a wheel may take files from anywhere. */
const HATCH_ANYWHERE = ['hooks', 'force-include', 'artifacts', 'include', 'shared-data', 'shared-scripts', 'extra-metadata', 'sbom-files'];

/** hatch "Wheel builder, default file selection": `packages` or `only-include`, else the one place where the package is found. */
function hatchling({ manifest, name, hasFile }: ReachQuestion): readonly string[] | undefined {
  const build = tableAt(manifest.document, 'tool', 'hatch', 'build') ?? {};
  const wheel = tableAt(build, 'targets', 'wheel') ?? {};
  if (HATCH_ANYWHERE.some((key) => key in build || key in wheel)) return undefined;
  if (tableAt(manifest.document, 'tool', 'hatch', 'metadata', 'hooks') !== undefined) return undefined;
  const version = tableAt(manifest.document, 'tool', 'hatch', 'version') ?? {};
  if (version['source'] === 'code' || 'search-paths' in version) return undefined;
  const versionFile = typeof version['path'] === 'string' ? [version['path']] : [];
  const named = [wheel['packages'], wheel['only-include'], build['packages'], build['only-include']].filter((list) => list !== undefined);
  if (named.length > 0) return named.every(isStrings) ? [...named.flat(), ...versionFile] : undefined;
  const found = moduleNames(manifest, name).flatMap((module) =>
    [`${module}/__init__.py`, `src/${module}/__init__.py`].filter(hasFile).map(directoryOf),
  );
  return found.length === 0 ? undefined : [...found, ...versionFile];
}

/** uv "Build backend": everything below `module-root`, or the modules themselves where that is the project; and data directories. */
function uvBuild({ manifest, name, hasDirectory }: ReachQuestion): readonly string[] | undefined {
  const settings = tableAt(manifest.document, 'tool', 'uv', 'build-backend') ?? {};
  const root = settings['module-root'] ?? 'src';
  const written = settings['module-name'] ?? fileNameForm(name);
  const modules = typeof written === 'string' ? [written] : written;
  const data = Object.values(tableAt(settings, 'data') ?? {});
  if (typeof root !== 'string' || !isStrings(modules) || !isStrings(data)) return undefined;
  const trimmed = root.replace(/^\.\/|\/+$/g, '');
  const places = trimmed === '' || trimmed === '.' ? modules.map((module) => module.replaceAll('.', '/')) : [trimmed];
  return places.every(hasDirectory) ? [...places, ...data] : undefined;
}

/** setuptools "Package discovery": one directory that all packages are below, or packages by name; never with a `setup.py`. */
function setuptools({ manifest, hasFile, hasDirectory }: ReachQuestion): readonly string[] | undefined {
  const settings = tableAt(manifest.document, 'tool', 'setuptools') ?? {};
  if (hasFile('setup.py') || hasFile('setup.cfg') || tableAt(manifest.document, 'tool', 'setuptools-rust') !== undefined) return undefined;
  if (['ext-modules', 'data-files', 'cmdclass', 'script-files'].some((key) => key in settings)) return undefined;
  const dynamic = dynamicFiles(tableAt(settings, 'dynamic') ?? {});
  const packages = settings['packages'];
  const where = isTable(packages) ? (tableAt(packages, 'find') ?? {})['where'] : undefined;
  const roots = Object.entries(tableAt(settings, 'package-dir') ?? {});
  if (isStrings(where) && where.every((path) => path !== '.' && path !== '')) return [...where, ...dynamic];
  const [prefix, directory] = roots[0] ?? [];
  if (roots.length === 1 && prefix === '' && typeof directory === 'string' && directory !== '.') return [directory, ...dynamic];
  if (roots.length > 0) return undefined;
  if (isStrings(packages)) return [...new Set(packages.map((module) => module.split('.', 1)[0] ?? module)), ...dynamic];
  return packages === undefined && settings['py-modules'] === undefined && hasDirectory('src') ? ['src', ...dynamic] : undefined;
}

/** Files that `tool.setuptools.dynamic` reads. */
function dynamicFiles(dynamic: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.values(dynamic).flatMap((entry) => {
    const file = isTable(entry) ? entry['file'] : undefined;
    if (typeof file === 'string') return [file];
    return isStrings(file) ? file : [];
  });
}

/** flit "pyproject.toml": the one module or package, at the top or in `src`, and the external data directory. */
function flit({ manifest, name, hasFile, hasDirectory }: ReachQuestion): readonly string[] | undefined {
  const settings = tableAt(manifest.document, 'tool', 'flit') ?? {};
  if ('metadata' in settings) return undefined;
  const written = (tableAt(settings, 'module') ?? {})['name'];
  const modules = typeof written === 'string' ? [written.replaceAll('.', '/')] : moduleNames(manifest, name);
  const data = (tableAt(settings, 'external-data') ?? {})['directory'];
  const found = modules.flatMap((module) => placesOf(module, { hasFile, hasDirectory }));
  return found.length === 0 ? undefined : [...found, ...(typeof data === 'string' ? [data] : [])];
}

/** poetry-core "packages": those named, or the one called like the project. */
function poetry({ manifest, name, hasFile, hasDirectory }: ReachQuestion): readonly string[] | undefined {
  const settings = tableAt(manifest.document, 'tool', 'poetry') ?? {};
  if ('include' in settings || 'build' in settings) return undefined;
  const packages = settings['packages'];
  if (packages === undefined) {
    const found = moduleNames(manifest, name).flatMap((module) => placesOf(module, { hasFile, hasDirectory }));
    return found.length === 0 ? undefined : found;
  }
  if (!Array.isArray(packages)) return undefined;
  const places: string[] = [];
  for (const entry of packages) {
    const include: unknown = isTable(entry) ? entry['include'] : undefined;
    const from: unknown = isTable(entry) ? entry['from'] : undefined;
    if (typeof from === 'string') places.push(from);
    else if (typeof include === 'string' && !/[*?[]/.test(include)) places.push(include);
    else return undefined;
  }
  return places;
}

/** pdm-backend "Build configuration": below `package-dir`, which is `src` where there is one. */
function pdm({ manifest, hasDirectory }: ReachQuestion): readonly string[] | undefined {
  const build = tableAt(manifest.document, 'tool', 'pdm', 'build') ?? {};
  if (Object.keys(build).some((key) => !['package-dir', 'excludes', 'is-purelib', 'source-includes'].includes(key))) return undefined;
  const version = (tableAt(manifest.document, 'tool', 'pdm', 'version') ?? {})['path'];
  const root = build['package-dir'] ?? (hasDirectory('src') ? 'src' : undefined);
  if (typeof root !== 'string' || root === '' || root === '.') return undefined;
  return [root, ...(typeof version === 'string' ? [version] : [])];
}

function placesOf(module: string, project: Pick<ReachQuestion, 'hasFile' | 'hasDirectory'>): readonly string[] {
  return [...[module, `src/${module}`].filter(project.hasDirectory), ...[`${module}.py`, `src/${module}.py`].filter(project.hasFile)];
}

/** Names that a package of the project may have: as written, and normalised. */
function moduleNames(manifest: ProjectManifest, name: DistributionName): readonly string[] {
  const written = (tableAt(manifest.document, 'project') ?? tableAt(manifest.document, 'tool', 'poetry') ?? {})['name'];
  const asWritten = typeof written === 'string' ? [written.replaceAll(/[^A-Za-z0-9_.]+/g, '_')] : [];
  return [...new Set([...asWritten, fileNameForm(name)])];
}

function directoryOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}
