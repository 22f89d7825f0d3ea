import { type Diagnostic, fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import { OWN_CHECKS } from '../../repository/check-names.ts';
import type { FerruleConfig } from '../../repository/config.ts';
import { meantHint } from '../../repository/did-you-mean.ts';
import { namedMembers } from '../../repository/named-members.ts';
import type { Member, Repository } from '../../repository/repository.ts';
import { parseTargetName, unknownTarget } from '../../repository/target-name.ts';
import type { IndexedProject, MemberProject } from '../python/request.ts';
import type { MemberIndex } from '../select-targets.ts';

/** What is to be checked, as far as the command line says. */
export interface CheckSelection {
  /** Cargo workspaces with the packages that were named; `undefined`: all of them. */
  readonly rust: readonly { readonly member: Member; readonly packages: readonly string[] | undefined }[];
  readonly python: readonly MemberProject[];
  /** Every check of every selected member. */
  readonly isWhole: boolean;
  readonly wants: (subject: string, check: string) => boolean;
}

/** Every check there is a name for. */
export function checkNames(config: FerruleConfig): readonly string[] {
  return [...OWN_CHECKS, ...Object.keys(config.checks).filter((name) => !OWN_CHECKS.some((own) => own === name))];
}

/**
 * Turns `NAME`, `NAME:CHECK` and `--only` into what is to be checked. A crate and a distribution of one name are both meant.
 * F1056: there is no such check. F0754: nothing has the name. F0751: no target at all.
 */
export async function selectChecks(options: {
  readonly repository: Repository;
  /** Absolute: where the user is. */
  readonly directory: string;
  readonly targets: readonly string[];
  readonly only: readonly string[];
  readonly index: MemberIndex;
}): Promise<Result<CheckSelection>> {
  const { repository, targets, only, index } = options;
  const known = checkNames(repository.config);
  const unknown = only.filter((name) => !known.includes(name));
  if (unknown.length > 0) return fail(...unknown.map((name) => unknownCheck(name, known)));
  const isOn = (check: string): boolean =>
    repository.config.checks[check]?.enabled !== false && (only.length === 0 || only.includes(check));
  if (targets.length === 0) {
    const projects = await projectsOf(repository.selected, index);
    if (!projects.ok) return projects;
    const rust = repository.selected.filter(({ kind }) => kind === 'rust').map((member) => ({ member, packages: undefined }));
    return ok({ rust, python: projects.value, isWhole: only.length === 0, wants: (_, check) => isOn(check) });
  }
  return await selectNamed({ ...options, known, isOn });
}

async function selectNamed(options: {
  readonly repository: Repository;
  /** Absolute: where the user is. */
  readonly directory: string;
  readonly targets: readonly string[];
  readonly only: readonly string[];
  readonly index: MemberIndex;
  readonly known: readonly string[];
  readonly isOn: (check: string) => boolean;
}): Promise<Result<CheckSelection>> {
  const { repository, directory, index, known, only, isOn } = options;
  const projects = await projectsOf(repository.members, index);
  if (!projects.ok) return projects;
  const packages = new Map<Member, string[]>();
  const python = new Set<MemberProject>();
  /** By subject; `undefined`: all checks of it. */
  const asked = new Map<string, Set<string> | undefined>();
  for (const text of options.targets) {
    const [subject = '', check] = text.split(':', 2);
    const target = parseTargetName(subject);
    if (!target.ok) return target;
    if (check !== undefined && !known.includes(check)) return fail(unknownCheck(check, known));
    const { name, ecosystem } = target.value;
    const members = namedMembers({ target: target.value, repository, directory });
    if (!members.ok) return members;
    const owners = ecosystem === 'python' ? { members: [], names: [] } : await rustOwners(members.value, index, name);
    if (!('members' in owners)) return owners;
    const ofMembers = projects.value.filter(({ member }) => members.value.includes(member));
    const own = ecosystem === 'rust' ? [] : ofMembers.filter(({ project }) => project.displayName === name || project.name === name);
    const isDeclared = target.value.member === undefined && isDeclaredSubject(repository.config, name);
    if (owners.members.length + own.length === 0 && !isDeclared) {
      return fail(unknownTarget(target.value, [...owners.names, ...ofMembers.map(({ project }) => project.displayName)]));
    }
    for (const member of owners.members) packages.set(member, [...(packages.get(member) ?? []), name]);
    for (const project of own) python.add(project);
    for (const key of [name, ...own.map(({ project }) => project.displayName)]) {
      const earlier = asked.has(key) ? asked.get(key) : new Set<string>();
      if (check === undefined || earlier === undefined) asked.set(key, undefined);
      else asked.set(key, earlier.add(check));
    }
  }
  const wants = (subject: string, check: string): boolean => {
    if (!asked.has(subject)) return false;
    const checks = asked.get(subject);
    // What is asked for by its name is wanted even where it is switched off.
    return checks === undefined ? isOn(check) : checks.has(check) && (only.length === 0 || only.includes(check));
  };
  return ok({
    rust: [...packages].map(([member, names]) => ({ member, packages: [...new Set(names)] })),
    python: [...python],
    isWhole: false,
    wants,
  });
}

/** An environment, or a check that is run in nothing in particular. */
function isDeclaredSubject({ environments, checks }: FerruleConfig, name: string): boolean {
  const check = checks[name];
  return (
    environments[name] !== undefined || (check?.command !== undefined && check.projects.length === 0 && check.environment === undefined)
  );
}

async function projectsOf(members: readonly Member[], index: MemberIndex): Promise<Result<readonly MemberProject[]>> {
  const found: MemberProject[] = [];
  for (const member of members.filter(({ kind }) => kind === 'python')) {
    const projects: Result<readonly IndexedProject[]> = await index.projects(member);
    if (!projects.ok) return projects;
    found.push(...projects.value.map((project) => ({ member, project })));
  }
  return ok(found);
}

async function rustOwners(
  candidates: readonly Member[],
  index: MemberIndex,
  name: string,
): Promise<{ readonly members: readonly Member[]; readonly names: readonly string[] } | Extract<Result<never>, { ok: false }>> {
  const members: Member[] = [];
  const names: string[] = [];
  for (const member of candidates.filter(({ kind }) => kind === 'rust')) {
    const packages = await index.packages(member);
    if (!packages.ok) return packages;
    names.push(...packages.value.map((pkg) => pkg.name));
    if (packages.value.some((pkg) => pkg.name === name)) members.push(member);
  }
  return { members, names };
}

function unknownCheck(name: string, known: readonly string[]): Diagnostic {
  const meant = meantHint(name, known);
  return {
    code: 'F1056',
    severity: 'error',
    blame: 'input',
    message: `there is no check \`${name}\``,
    hints:
      meant.length > 0
        ? meant
        : [`checks are ${known.map((check) => `\`${check}\``).join(', ')}; \`[checks.NAME]\` in \`ferrule.toml\` declares more`],
  };
}
