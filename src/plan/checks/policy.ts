import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { isOwnCheck } from '../../repository/check-names.ts';
import type { CheckExemption, CheckPolicy } from '../../repository/config.ts';
import { meantHint } from '../../repository/did-you-mean.ts';
import type { PlannedCheck } from './check.ts';

/** A package or project that a policy is about. */
export interface PolicySubject {
  readonly name: string;
  readonly kind: 'rust' | 'python';
}

/**
 * What a policy finds wrong: F1059 a subject without a check that is demanded of it, F1061 an exemption of nothing, F1056 a check that
 * there is not. `known` are the names of all checks.
 */
export function policyProblems(options: {
  readonly policy: CheckPolicy;
  readonly subjects: readonly PolicySubject[];
  readonly checks: readonly PlannedCheck[];
  readonly known: readonly string[];
}): readonly Diagnostic[] {
  const { policy, subjects, checks, known } = options;
  const unknown = policy.require.filter((name) => !known.includes(name));
  if (unknown.length > 0) return unknown.map((name) => unknownRequirement(policy, name, known));
  const names = subjects.map(({ name }) => name);
  const strangers = policy.exemptions.filter(({ subject }) => !names.includes(subject));
  const missing = subjects.flatMap((subject) =>
    policy.require
      .filter((check) => isDemandedOf(subject, check) && !isExempt(policy, subject.name, check))
      .filter((check) => !checks.some((planned) => planned.subject === subject.name && planned.name === check))
      .map((check) => missingCheck(policy, subject.name, check)),
  );
  return [...strangers.map((exemption) => unknownSubject(exemption, names)), ...missing];
}

/** Whether a policy demands a check of a subject and has no exemption for it. */
export function isDemanded(policy: CheckPolicy, subject: string, check: string): boolean {
  return policy.require.includes(check) && !isExempt(policy, subject, check);
}

/** Ferrule's own checks are for crates, but for pytest; declared ones are run in environments, and advisories are a workspace's. */
function isDemandedOf({ kind }: PolicySubject, check: string): boolean {
  if (check === 'advisories') return false;
  return kind === (isOwnCheck(check) && check !== 'pytest' ? 'rust' : 'python');
}

function isExempt({ exemptions }: CheckPolicy, subject: string, check: string): boolean {
  return exemptions.some((exemption) => exemption.subject === subject && exemption.checks.includes(check));
}

/** F1059: a subject does not have what is demanded of it. */
export function missingCheck({ span }: CheckPolicy, subject: string, check: string): Diagnostic {
  const entry = `[[policy.checks.exempt]]\nsubject = ${JSON.stringify(subject)}\nchecks = [${JSON.stringify(check)}]\nreason = "…"`;
  return {
    code: 'F1059',
    severity: 'error',
    blame: 'build',
    message: `\`${subject}\` has no \`${check}\`, which the policy demands of everybody`,
    ...(span === undefined ? {} : { span }),
    hints: [`add it, or write down why not:\n${entry}`],
  };
}

function unknownSubject({ subject, span }: CheckExemption, names: readonly string[]): Diagnostic {
  const hints = meantHint(subject, names);
  return {
    code: 'F1061',
    severity: 'error',
    blame: 'input',
    message: `an exemption names \`${subject}\`, which is no package or project here`,
    ...(span === undefined ? {} : { span }),
    hints: hints.length > 0 ? hints : ['remove the exemption'],
  };
}

function unknownRequirement({ span }: CheckPolicy, name: string, known: readonly string[]): Diagnostic {
  const hints = meantHint(name, known);
  return {
    code: 'F1056',
    severity: 'error',
    blame: 'input',
    message: `the policy demands \`${name}\`, and there is no such check`,
    ...(span === undefined ? {} : { span }),
    hints: hints.length > 0 ? hints : [`checks are ${known.map((check) => `\`${check}\``).join(', ')}`],
  };
}
