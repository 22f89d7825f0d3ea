import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import { parseToml } from '../../repository/config.ts';
import { unlessFailing } from '../../store/system-error.ts';
import { type Project, UV_TOML } from './project.ts';
import { shapeDiagnostics, TomlReader } from './toml-reader.ts';
import { readUvSettings } from './uv-settings.ts';

/**
 * The project with the settings of the `uv.toml` beside it. What concerns how things are fetched and built it takes the place of, a key
 * that it does not have included; what belongs to the project (sources, groups, constraints, conflicts) stays that of `[tool.uv]` (uv,
 * configuration files). F0102, F0916.
 */
export async function withUvToml(project: Project): Promise<Result<Project>> {
  const path = join(project.directory, UV_TOML);
  const text = existsSync(path) ? unlessFailing(['ENOENT', 'EACCES', 'EISDIR'], () => readFileSync(path, 'utf8')) : undefined;
  if (text === undefined) return ok(project);
  const directory = dirname(project.file);
  const file = directory === '.' ? UV_TOML : `${directory}/${UV_TOML}`;
  const document = await parseToml({ file, text });
  if (!document.ok) return document;
  const reader = new TomlReader({ tool: { uv: document.value } });
  const { indexes, choice, configSettings, configSettingsPackage, extraBuildDependencies, extraBuildVariables } = readUvSettings(reader);
  const problems = reader.problems.map((problem) => ({ ...problem, path: problem.path.slice(2) }));
  if (problems.length > 0) return fail(...(await shapeDiagnostics({ file, text }, { code: 'F0916', problems })));
  const own = { indexes, choice, configSettings, configSettingsPackage, extraBuildDependencies, extraBuildVariables };
  return ok({ ...project, uv: { ...project.uv, ...own } });
}
