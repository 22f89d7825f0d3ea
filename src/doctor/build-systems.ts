import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { FerruleLock } from '../repository/ferrule-lock.ts';
import { isTable } from '../rust/cargo/manifest.ts';
import { type CheckedRepository, directoryOf, joined } from './checked-repository.ts';
import { placeOf, valueAt } from './manifest-tables.ts';

const SHOWN = 6;

/** F1115: something is built by a Python backend, and no lock says with which one: `uv.lock` does not, and there is no `ferrule.lock` that would. */
export function examineBuildSystems(repository: CheckedRepository, lock: FerruleLock): readonly Diagnostic[] {
  if (lock.buildSystems.length > 0) return [];
  const locks = repository.files.filter((path) => path.endsWith('uv.lock'));
  const manifests = repository.files.filter((path) => path.endsWith('pyproject.toml') && isBuiltByBackend(repository, path, locks));
  const [first] = manifests;
  const sources = [...new Set(locks.flatMap((path) => sourceOnly(repository, path)))].toSorted();
  if (first === undefined && sources.length === 0) return [];
  const more = sources.length > SHOWN ? `, and ${sources.length - SHOWN} more` : '';
  return [
    {
      code: 'F1115',
      severity: 'warning',
      blame: 'input',
      message: 'something here is built by a Python backend, and no lock says with which version of it',
      ...(first === undefined ? {} : placeOf(repository, first, ['build-system', 'requires'])),
      facts: [
        ...(manifests.length === 0 ? [] : [['projects', manifests.map((path) => directoryOf(path) || '.').join(', ')] as const]),
        ...(sources.length === 0 ? [] : [['without a wheel', `${sources.slice(0, SHOWN).join(', ')}${more}`] as const]),
      ],
      hints: ['run `ferrule lock` and keep `ferrule.lock` under version control: without it such a build stops with F0985'],
    },
  ];
}

/** A project of a lock that is built, and not by maturin, which Ferrule packs for by itself. */
function isBuiltByBackend(repository: CheckedRepository, manifest: string, locks: readonly string[]): boolean {
  const backend = valueAt(repository.toml(manifest), 'build-system', 'build-backend');
  return typeof backend === 'string' && backend !== 'maturin' && locks.includes(joined(directoryOf(manifest), 'uv.lock'));
}

/** Distributions of a lock that come as sources alone. */
function sourceOnly(repository: CheckedRepository, lock: string): readonly string[] {
  const packages = repository.toml(lock)?.['package'];
  return (Array.isArray(packages) ? packages : []).flatMap((entry) => {
    if (!isTable(entry) || typeof entry['name'] !== 'string') return [];
    const hasWheel = Array.isArray(entry['wheels']) && entry['wheels'].length > 0;
    return isTable(entry['sdist']) && !hasWheel ? [entry['name']] : [];
  });
}
