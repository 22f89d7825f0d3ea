import { join } from 'node:path';
import { type Diagnostic, fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import type { Interpreter } from '../interpreter.ts';
import { withRecord } from '../wheel-archive/record.ts';
import { textFile, type WheelFiles } from '../wheel-archive/wheel-file.ts';
import type { CompiledCode, CrateFacts } from './crate-facts.ts';
import { dataFiles } from './data-files.ts';
import { includedFiles } from './included-files.ts';
import { type ProjectLayout, projectLayout } from './layout.ts';
import { entryPointsText, metadataText, wheelText } from './metadata-file.ts';
import type { PackingDisk } from './packing-disk.ts';
import type { PackingProject } from './packing-project.ts';
import { platformTags, type WheelPurpose } from './platform-tag.ts';
import { wheelMetadata } from './project-metadata.ts';
import { pythonFiles } from './python-files.ts';
import { sbomFiles } from './sbom-files.ts';
import { WheelContents } from './wheel-contents.ts';
import { fileStem, type WheelMetadata } from './wheel-metadata.ts';
import { expandedTags, extensionFileName, pythonTag, tagText, type WheelTag } from './wheel-tag.ts';

export interface PackingRequest {
  readonly project: PackingProject;
  readonly crate: CrateFacts;
  readonly code: CompiledCode;
  readonly interpreter: Interpreter;
  readonly purpose: WheelPurpose;
  /** Absolute: `.gitignore` files count from here down; the repository's root, or the project's own directory. */
  readonly ignoreRoot: string;
  /** Absolute `OUT_DIR` of build scripts by crate, for `include` with `from = "out-dir"`. */
  readonly outDirectories: ReadonlyMap<string, string>;
  readonly disk: PackingDisk;
}

export interface PackedWheel {
  /** `NAME-VERSION-TAGS.whl` */
  readonly filename: string;
  /** `NAME-VERSION.dist-info` */
  readonly distInfo: string;
  /** As `project.name` has it. */
  readonly name: string;
  readonly version: string;
  /** As WHEEL lists them. */
  readonly tags: readonly string[];
  /** RECORD included. */
  readonly files: WheelFiles;
}

/**
 * Puts a wheel together from what was compiled and what lies in the project, as maturin 1.16 does (`docs/python-extensions.md` lists
 * where it differs). Nothing is compiled and nothing is run. Diagnostics F0975 to F0984.
 */
export function packExtension(request: PackingRequest): Result<PackedWheel> {
  const facts = wheelFacts(request);
  if (!facts.ok) return facts;
  const { metadata, layout, tag } = facts.value;
  const contents = new WheelContents({
    disk: request.disk,
    projectDirectory: request.project.directory,
    exclude: request.project.settings.exclude,
  });
  for (const file of pythonFiles({ layout, ignoreRoot: request.ignoreRoot, disk: request.disk })) contents.addSource(file);
  const problems = [...addIncluded(request, { layout, contents }), ...addData(request, { metadata, layout, contents })];
  if (problems.length > 0) return fail(...problems);
  addCode(request, { metadata, layout, contents });
  return finished({ ...facts.value, contents, warnings: facts.warnings ?? [], tag }, request);
}

/**
 * The wheel of an editable installation: metadata, data and programs, but neither Python files nor extension module, which are used
 * where they lie. Without a package among the sources there is nothing to edit in place: the wheel is whole, and says so by having
 * neither `sources` nor `modules` beside it.
 */
export function packEditable(request: PackingRequest): Result<EditableWheel> {
  const facts = wheelFacts(request);
  if (!facts.ok) return facts;
  const { metadata, layout } = facts.value;
  if (!layout.isMixed) {
    const whole = packExtension(request);
    return whole.ok ? ok({ ...whole.value, sources: [], modules: {} }, whole.warnings) : whole;
  }
  const contents = new WheelContents({ disk: request.disk, projectDirectory: request.project.directory, exclude: [] });
  const problems = addData(request, { metadata, layout, contents });
  if (problems.length > 0) return fail(...problems);
  if (request.code.kind === 'programs') addCode(request, { metadata, layout, contents });
  const wheel = finished({ ...facts.value, contents, warnings: facts.warnings ?? [] }, request);
  if (!wheel.ok) return wheel;
  const modules = request.code.kind === 'module' ? { [extensionModule(layout)]: request.code.library.path } : {};
  return ok({ ...wheel.value, sources: [layout.pythonDirectory], modules }, wheel.warnings);
}

export interface EditableWheel extends PackedWheel {
  /** Absolute directories that go on the path. */
  readonly sources: readonly string[];
  /** Extension modules that are not in the wheel, by dotted name: absolute path in the store. */
  readonly modules: Readonly<Record<string, string>>;
}

/**
 * Dotted name of the package that is generated around a library, within those of the sources; `undefined`: the project has no Python of
 * its own, so the wheel holds nothing to edit in place. F0980.
 */
export function generatedPackage(request: Pick<PackingRequest, 'project' | 'crate' | 'disk'>): Result<string | undefined> {
  const layout = projectLayout(request);
  return layout.ok ? ok(layout.value.isMixed ? extensionModule(layout.value) : undefined) : layout;
}

interface WheelParts {
  readonly metadata: WheelMetadata;
  readonly layout: ProjectLayout;
  readonly contents: WheelContents;
}

/** Under which name Python imports the extension. */
function extensionModule(layout: ProjectLayout): string {
  return `${layout.moduleDirectory.replaceAll('/', '.')}.${layout.extensionName}`;
}

function wheelFacts(
  request: PackingRequest,
): Result<{ readonly metadata: WheelMetadata; readonly layout: ProjectLayout; readonly tag: WheelTag }> {
  const metadata = wheelMetadata(request);
  if (!metadata.ok) return metadata;
  const layout = projectLayout(request);
  if (!layout.ok) return layout;
  if (request.code.kind === 'programs' && metadata.value.scripts.size > 0) return fail(scriptsBesidePrograms());
  const platform = platformTags({ ...request, settings: request.project.settings });
  if (!platform.ok) return platform;
  const tag = { ...pythonTag(request.code, request.interpreter), platform: platform.value };
  return ok({ metadata: metadata.value, layout: layout.value, tag }, platform.warnings);
}

function addIncluded(
  request: PackingRequest,
  { layout, contents }: { readonly layout: ProjectLayout; readonly contents: WheelContents },
): readonly Diagnostic[] {
  const included = includedFiles({ ...request, layout, crateName: request.crate.name });
  if (!included.ok) return included.diagnostics;
  for (const file of included.value) contents.addSource(file);
  return [];
}

function addData(request: PackingRequest, { metadata, layout, contents }: WheelParts): readonly Diagnostic[] {
  if (layout.dataDirectory === undefined) return [];
  const files = dataFiles({ directory: layout.dataDirectory, target: `${fileStem(metadata)}.data`, disk: request.disk });
  if (!files.ok) return files.diagnostics;
  for (const file of files.value) contents.addSource(file);
  return [];
}

function addCode(request: PackingRequest, { metadata, layout, contents }: WheelParts): void {
  const { code } = request;
  if (code.kind === 'library') throw new Error('internal: the Python side of a library is not made here');
  if (code.kind === 'programs') {
    for (const program of code.programs) {
      contents.add(`${fileStem(metadata)}.data/scripts/${program.name}`, { kind: 'blob', digest: program.digest, executable: true });
    }
  } else {
    const name = extensionFileName({ extensionName: layout.extensionName, stableAbi: code.stableAbi, interpreter: request.interpreter });
    contents.add(`${layout.moduleDirectory}/${name}`, { kind: 'blob', digest: code.library.digest, executable: true });
    if (!layout.isMixed) contents.add(`${layout.moduleDirectory}/__init__.py`, textFile(packageAround(layout.extensionName)));
  }
  if (!layout.isMixed) addStub(request, { layout, contents });
}

/** A package that stands for the extension in it (maturin `pyo3_binding.rs`; no line end at its end). */
function packageAround(extension: string): string {
  return [
    `from .${extension} import *`,
    '',
    `__doc__ = ${extension}.__doc__`,
    `if hasattr(${extension}, "__all__"):`,
    `    __all__ = ${extension}.__all__`,
  ].join('\n');
}

/** `EXTENSION.pyi` beside `pyproject.toml` describes the package that is made around the extension. */
function addStub(
  request: PackingRequest,
  { layout, contents }: { readonly layout: ProjectLayout; readonly contents: WheelContents },
): void {
  const source = join(request.project.directory, `${layout.extensionName}.pyi`);
  if (request.disk.probe.kind(source) !== 'file') return;
  contents.addSource({ path: `${layout.moduleDirectory}/__init__.pyi`, source });
  contents.add(`${layout.moduleDirectory}/py.typed`, textFile(''));
}

/** No version: a wheel does not change because Ferrule did. */
const GENERATOR = 'ferrule';

function finished(
  wheel: WheelParts & { readonly tag: WheelTag; readonly warnings: readonly Diagnostic[] },
  request: PackingRequest,
): Result<PackedWheel> {
  const { metadata, contents, tag } = wheel;
  const stem = fileStem(metadata);
  const distInfo = `${stem}.dist-info`;
  const tags = expandedTags(tag);
  contents.add(`${distInfo}/METADATA`, textFile(metadataText(metadata)));
  contents.add(`${distInfo}/WHEEL`, textFile(wheelText({ generator: GENERATOR, tags })));
  const entryPoints = entryPointsText(metadata);
  if (entryPoints !== undefined) contents.add(`${distInfo}/entry_points.txt`, textFile(entryPoints));
  for (const { path, source } of metadata.licenseFiles) contents.addSource({ path: `${distInfo}/licenses/${path}`, source });
  const documents = sbomFiles({ project: request.project, distInfo, disk: request.disk });
  if (!documents.ok) return documents;
  for (const file of documents.value) contents.addSource(file);
  const files = contents.finish();
  if (!files.ok) return files;
  return ok(
    {
      filename: `${stem}-${tagText(tag)}.whl`,
      distInfo,
      name: metadata.name,
      version: metadata.version,
      tags,
      files: withRecord(files.value, distInfo),
    },
    wheel.warnings,
  );
}

function scriptsBesidePrograms(): Diagnostic {
  return {
    code: 'F0984',
    severity: 'error',
    blame: 'input',
    message: 'a wheel of programs cannot have `project.scripts` as well',
    hints: ['remove `[project.scripts]`, or build the extension module instead of the programs'],
  };
}
