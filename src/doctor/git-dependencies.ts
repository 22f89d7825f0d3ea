import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { spanAt } from '../repository/file-span.ts';
import type { FerruleLock } from '../repository/ferrule-lock.ts';
import type { CheckedRepository } from './checked-repository.ts';

const CARGO_SOURCE = /^source = "git\+([^"?#]+)[^"#]*#([0-9a-f]{40})"$/gm;
const UV_SOURCE = /\bgit = "([^"?#]+)[^"#]*#([0-9a-f]{40})"/g;

/** F1105: git dependencies of the native locks whose content `ferrule.lock` does not pin. */
export function examineGitDependencies(repository: CheckedRepository, lock: FerruleLock): readonly Diagnostic[] {
  const pinned = new Set(lock.git.map(({ url, revision }) => `${url}#${revision}`));
  return repository.files.flatMap((file) => {
    const pattern = file.endsWith('Cargo.lock') ? CARGO_SOURCE : file.endsWith('uv.lock') ? UV_SOURCE : undefined;
    const text = repository.text(file);
    if (pattern === undefined || text === undefined) return [];
    const found = new Map<string, { readonly url: string; readonly start: number; readonly end: number }>();
    for (const match of text.matchAll(pattern)) {
      const [whole, url = '', revision = ''] = match;
      if (!pinned.has(`${url}#${revision}`) && !found.has(`${url}#${revision}`)) {
        found.set(`${url}#${revision}`, { url, start: match.index, end: match.index + whole.length });
      }
    }
    const [first, ...more] = found.values();
    if (first === undefined) return [];
    const diagnostic: Diagnostic = {
      code: 'F1105',
      severity: 'warning',
      blame: 'input',
      message:
        more.length === 0
          ? `the git dependency \`${first.url}\` has a commit and no hash of its content`
          : `${more.length + 1} git dependencies have a commit and no hash of their content`,
      span: spanAt({ file, text, start: first.start, end: first.end }),
      facts: [...found.values()].map(({ url }) => ['repository', url] as const),
      hints: ['run `ferrule lock`: it pins each once, in `ferrule.lock`, for every place that builds'],
    };
    return [diagnostic];
  });
}
