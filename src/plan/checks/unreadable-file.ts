import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { hiddenFile, type MissedFile } from '../undeclared-read.ts';

/** A check that failed, as far as the sandbox may be the reason. */
export interface ConfinedCheck extends MissedFile {
  /** Package or project. */
  readonly subject: string;
  /** Text for `ferrule.toml` that declares a file. */
  readonly declaration: (input: string) => string;
}

const NO_NETWORK =
  /Temporary failure in name resolution|Could not resolve host|[Nn]etwork is unreachable|failed to lookup address|NameResolutionError|getaddrinfo (?:EAI_AGAIN|ENOTFOUND|failed)/;

/** What a check could not reach from its sandbox: F1055 a file that is there but not its own, F1068 the network. */
export function confinement(check: ConfinedCheck): readonly Diagnostic[] {
  const { subject, declaration, printed } = check;
  const found: Diagnostic[] = [];
  const hidden = hiddenFile(check);
  if (hidden !== undefined) {
    const { path, name, canBeDeclared } = hidden;
    found.push({
      code: 'F1055',
      severity: 'error',
      blame: 'build',
      message: `a check of \`${subject}\` names \`${name}\`, which is there but not declared as its input`,
      facts: [['found at', path]],
      hints: [
        canBeDeclared
          ? `add to \`ferrule.toml\`:\n${declaration(name)}`
          : 'it lies outside the repository, where a check reads nothing: copy it into the package',
      ],
    });
  }
  if (NO_NETWORK.test(printed)) {
    found.push({
      code: 'F1068',
      severity: 'error',
      blame: 'build',
      message: `a check of \`${subject}\` reached for the network, which no check has`,
      hints: ['let the test answer itself from a local server or recorded data, or mark it so that it is run by hand only'],
    });
  }
  return found;
}
