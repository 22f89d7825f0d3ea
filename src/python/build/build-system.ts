import { type Diagnostic, fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import { type NamedText, parseToml } from '../../repository/config.ts';
import { isTable } from '../project/toml-reader.ts';

/** Which backend builds a project, and what it must find installed (PEP 518, PEP 517). */
export interface BuildSystem {
  /** As written, in the order written. */
  readonly requires: readonly string[];
  /** `module` or `module:object`. */
  readonly backend: string;
  /** Directories of the project in which the backend itself lies, relative to it. */
  readonly backendPath: readonly string[];
}

/** What holds for a project without `pyproject.toml`, or without the table: `setup.py` is run (PEP 517, pip and uv agree). */
export const LEGACY_BUILD_SYSTEM: BuildSystem = {
  requires: ['setuptools>=40.8.0', 'wheel'],
  backend: 'setuptools.build_meta:__legacy__',
  backendPath: [],
};

/** A `pyproject.toml` that was read, with what building needs of it. */
export interface ProjectManifest {
  readonly buildSystem: BuildSystem;
  /** The whole document. */
  readonly document: Readonly<Record<string, unknown>>;
}

/** Reads the build system of a `pyproject.toml`; `undefined` text: there is none. F0102 for bad TOML, F0994 for a bad `[build-system]`. */
export async function readBuildSystem(source: {
  readonly file: string;
  readonly text: string | undefined;
}): Promise<Result<ProjectManifest>> {
  if (source.text === undefined) return ok({ buildSystem: LEGACY_BUILD_SYSTEM, document: {} });
  const named: NamedText = { file: source.file, text: source.text };
  const document = await parseToml(named);
  if (!document.ok) return document;
  const table = document.value['build-system'];
  if (table === undefined) return ok({ buildSystem: LEGACY_BUILD_SYSTEM, document: document.value });
  const { requires, 'build-backend': backend, 'backend-path': backendPath = [] } = tableAt(document.value, 'build-system') ?? {};
  if (!isStrings(requires)) return fail(await malformed(named, 'requires', 'must be an array of strings'));
  if (backend !== undefined && typeof backend !== 'string') return fail(await malformed(named, 'build-backend', 'must be a string'));
  if (!isStrings(backendPath)) return fail(await malformed(named, 'backend-path', 'must be an array of strings'));
  // PEP 517: without a backend the legacy one is meant, and it needs setuptools whatever `requires` says.
  return ok({ buildSystem: { requires, backend: backend ?? LEGACY_BUILD_SYSTEM.backend, backendPath }, document: document.value });
}

/** The table at a dotted place of a document; `undefined` when there is none. */
export function tableAt(
  document: Readonly<Record<string, unknown>>,
  ...path: readonly string[]
): Readonly<Record<string, unknown>> | undefined {
  let table = document;
  for (const name of path) {
    const value = table[name];
    if (!isTable(value)) return undefined;
    table = value;
  }
  return table;
}

export function isStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((element) => typeof element === 'string');
}

async function malformed(source: NamedText, key: string, expected: string): Promise<Diagnostic> {
  const { spanOfToml } = await import('../../repository/toml-span.ts');
  const span = spanOfToml({ ...source, path: ['build-system', key], part: 'value' });
  return {
    code: 'F0994',
    severity: 'error',
    blame: 'input',
    message: `\`build-system.${key}\` in \`${source.file}\` is not understood`,
    ...(span === undefined ? {} : { span }),
    facts: [['expected', expected]],
    hints: ['write the table as PEP 518 has it, such as `requires = ["hatchling"]` and `build-backend = "hatchling.build"`'],
  };
}
