import { type ProjectManifest, tableAt } from './build-system.ts';

/** Hooks of hatchling that write Python files and nothing else. */
const WRITING_HOOKS: ReadonlySet<string> = new Set(['vcs', 'version']);

/**
 * Whether a project's backend surely starts no compiler, so that the machine's compilers have no place in the keys of its builds: the
 * backends for pure Python, without hooks of the project's own.
 */
export function compilesNothing({ buildSystem, document }: ProjectManifest): boolean {
  if (buildSystem.backendPath.length > 0) return false;
  switch (buildSystem.backend) {
    case 'uv_build':
    case 'flit_core.buildapi':
      return true;
    case 'hatchling.build': {
      const build = tableAt(document, 'tool', 'hatch', 'build') ?? {};
      const hooks = [tableAt(build, 'hooks'), tableAt(build, 'targets', 'wheel', 'hooks')].flatMap((table) => Object.keys(table ?? {}));
      return hooks.every((hook) => WRITING_HOOKS.has(hook)) && tableAt(document, 'tool', 'hatch', 'metadata', 'hooks') === undefined;
    }
    case 'poetry.core.masonry.api':
      return !('build' in (tableAt(document, 'tool', 'poetry') ?? {}));
    case 'pdm.backend': {
      const build = tableAt(document, 'tool', 'pdm', 'build') ?? {};
      return !('custom-hook' in build) && !('run-setuptools' in build) && buildSystem.requires.length === 1;
    }
    default:
      return false;
  }
}
