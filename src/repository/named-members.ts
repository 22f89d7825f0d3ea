import { relative, resolve } from 'node:path';
import { type Diagnostic, fail, ok, type Result } from '../diagnostics/diagnostic.ts';
import { meantHint } from './did-you-mean.ts';
import type { Member, Repository } from './repository.ts';
import type { TargetName } from './target-name.ts';

/** The members that a target can be of: those in the directory it names, or all. F0754: there is none. */
export function namedMembers(options: {
  readonly target: Pick<TargetName, 'member'>;
  readonly repository: Repository;
  /** Absolute: where the user is. */
  readonly directory: string;
}): Result<readonly Member[]> {
  const { target, repository, directory } = options;
  if (target.member === undefined) return ok(repository.members);
  const place = resolve(directory, target.member);
  const members = repository.members.filter((member) => member.directory === place);
  if (members.length > 0) return ok(members);
  return fail(
    unknownMember(
      target.member,
      repository.members.map((member) => relative(directory, member.directory) || '.'),
    ),
  );
}

function unknownMember(written: string, known: readonly string[]): Diagnostic {
  const meant = meantHint(written, known);
  return {
    code: 'F0754',
    severity: 'error',
    blame: 'input',
    message: `there is no member in \`${written}\``,
    hints:
      meant.length > 0 ? meant : [`members are ${[...new Set(known)].map((path) => `\`${path}\``).join(', ')}, as seen from where you are`],
  };
}
