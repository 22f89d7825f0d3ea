import { join, relative, resolve } from 'node:path';
import { type Diagnostic, fail, ok, type Result } from '../diagnostics/diagnostic.ts';
import { namedMembers } from '../repository/named-members.ts';
import type { Member, Repository } from '../repository/repository.ts';
import { parseTargetName, type RustOutput, type TargetName, outputOfOtherKind, unknownTarget } from '../repository/target-name.ts';
import type { CargoSelection } from '../rust/selection.ts';
import type { IndexedPackage } from './package-index.ts';
import type { IndexedProject, MemberProject, PythonRequest } from './python/request.ts';
import { defaultRequests, findPythonOwners, type PythonOwner, pythonRequest, type WantedOutput } from './python/select-projects.ts';
import { selectionOf } from './rust-output.ts';

/** What to plan: one selection of one workspace, and what of it is wanted. */
export interface RustRequest {
  readonly member: Member;
  /** Package named by the user; `undefined`: the workspace's default members. */
  readonly package: string | undefined;
  /** `undefined`: the default output. */
  readonly output: RustOutput | undefined;
  readonly selection: CargoSelection;
}

/** Everything a run was asked for. */
export interface SelectedTargets {
  readonly rust: readonly RustRequest[];
  readonly python: readonly PythonRequest[];
}

/** Flags that hold for every target of a run. */
export type SelectionFlags = Pick<CargoSelection, 'features' | 'allFeatures' | 'noDefaultFeatures' | 'profile' | 'target'>;

/** What the members hold. */
export interface MemberIndex {
  /** Packages of one Rust member. */
  packages(member: Member): Promise<Result<readonly IndexedPackage[]>>;
  /** Projects of one Python member. */
  projects(member: Member): Promise<Result<readonly IndexedProject[]>>;
  /** The script at an absolute path. */
  script(path: string): Promise<Result<MemberProject>>;
}

interface Selection {
  /** Absolute: where the user is. Scripts are named from there. */
  readonly directory: string;
  readonly repository: Repository;
  readonly targets: readonly string[];
  readonly flags: SelectionFlags;
  /** What a Python project means without an output. */
  readonly pythonDefault: WantedOutput;
  readonly index: MemberIndex;
}

/**
 * Turns the targets of the command line into requests; without any, the default output of every selected member.
 * Each target is planned by itself, as `cargo build -p NAME` would, so that what else is asked for cannot change its features.
 * F0704: a name that several members have, or a crate and a distribution share.
 */
export async function selectTargets(options: Selection): Promise<Result<SelectedTargets>> {
  if (options.targets.length === 0) return await defaultTargets(options);
  const rust: RustRequest[] = [];
  const python: PythonRequest[] = [];
  for (const text of options.targets) {
    const target = parseTargetName(text);
    if (!target.ok) return target;
    const found = await findTarget(target.value, options);
    if (!found.ok) return found;
    const owner = found.value;
    if (owner.kind === 'rust') {
      rust.push(rustRequest({ target: target.value, member: owner.member, flags: options.flags }));
      continue;
    }
    const { output } = target.value;
    const request = await pythonRequest({
      owner,
      output: output === undefined || isRustOutput(output) ? undefined : output,
      extras: target.value.extras,
      wanted: options.pythonDefault,
      repository: options.repository,
      projectsOf: async (member) => await options.index.projects(member),
    });
    if (!request.ok) return request;
    python.push(request.value);
  }
  return ok({ rust, python });
}

async function defaultTargets({ repository, flags, index }: Selection): Promise<Result<SelectedTargets>> {
  const rust = ofKind(repository.selected, 'rust').map((member) => ({
    member,
    package: undefined,
    output: undefined,
    selection: { ...flags, ...selectionOf(undefined), packages: [], workspace: false },
  }));
  const python = await defaultRequests(repository.selected, async (member) => await index.projects(member));
  return python.ok ? ok({ rust, python: python.value }) : python;
}

function ofKind(members: readonly Member[], kind: Member['kind']): readonly Member[] {
  return members.filter((member) => member.kind === kind);
}

function rustRequest(options: { readonly target: TargetName; readonly member: Member; readonly flags: SelectionFlags }): RustRequest {
  const { target, member, flags } = options;
  const output = target.output !== undefined && isRustOutput(target.output) ? target.output : undefined;
  const selection = { ...flags, ...selectionOf(output), packages: [target.name], workspace: false };
  return { member, package: target.name, output, selection };
}

/** The kind that a name has where the other one is asked for, by a prefix or by an output of it. */
async function kindOfName(
  target: TargetName,
  members: readonly Member[],
  index: Selection['index'],
): Promise<'rust' | 'python' | undefined> {
  if (target.ecosystem === undefined) return undefined;
  const other = target.ecosystem === 'python' ? 'rust' : 'python';
  for (const member of ofKind(members, other)) {
    const found = other === 'rust' ? await index.packages(member) : await index.projects(member);
    if (found.ok && found.value.some((one) => ('displayName' in one ? one.displayName : one.name) === target.name)) return other;
  }
  return undefined;
}

type Owner = { readonly kind: 'rust'; readonly at: string; readonly member: Member } | PythonOwner;

async function findTarget(target: TargetName, { repository, index, directory }: Selection): Promise<Result<Owner>> {
  if (target.isScript) {
    const script = await index.script(resolve(directory, target.name));
    return script.ok ? ok({ kind: 'python', at: script.value.member.path, project: script.value }) : script;
  }
  const members = namedMembers({ target, repository, directory });
  if (!members.ok) return members;
  const known: string[] = [];
  const owners: Owner[] = [];
  for (const member of target.ecosystem === 'python' ? [] : ofKind(members.value, 'rust')) {
    const packages = await index.packages(member);
    if (!packages.ok) return packages;
    known.push(...packages.value.map((pkg) => pkg.name));
    if (packages.value.some((pkg) => pkg.name === target.name)) owners.push({ kind: 'rust', at: member.path, member });
  }
  if (target.ecosystem !== 'rust') {
    const { name } = target;
    const python = await findPythonOwners({
      name,
      members: members.value,
      environments: target.member === undefined ? repository.config.environments : {},
      projectsOf: async (member) => await index.projects(member),
    });
    if (!python.ok) return python;
    known.push(...python.value.known);
    owners.push(...python.value.owners);
  }
  const [owner] = owners;
  if (owner === undefined) {
    const other = await kindOfName(target, members.value, index);
    return fail(other === undefined ? unknownTarget(target, known) : outputOfOtherKind(target, other));
  }
  const near = owners.filter(({ at }) => repository.selected.some(({ path }) => path === at));
  const [meant = owner, ...others] = near.length > 0 ? near : owners;
  return others.length === 0 ? ok(meant) : fail(ambiguous(target, owners, { repository, directory }));
}

function isRustOutput(output: NonNullable<TargetName['output']>): output is RustOutput {
  return ['bin', 'example', 'test', 'bench', 'lib', 'cdylib', 'staticlib'].includes(output.kind);
}

const OWNER_WORDS: Readonly<Record<Owner['kind'], string>> = { rust: 'crate', python: 'distribution', environment: 'environment' };

function ambiguous(
  target: TargetName,
  owners: readonly Owner[],
  { repository, directory }: Pick<Selection, 'repository' | 'directory'>,
): Diagnostic {
  const kinds = [...new Set(owners.map((owner) => OWNER_WORDS[owner.kind]))];
  const rest = target.text.slice(target.name.length);
  return {
    code: 'F0704',
    severity: 'error',
    blame: 'input',
    message:
      kinds.length > 1
        ? `a ${kinds.join(' and a ')} are called \`${target.name}\``
        : `more than one member has a ${owners[0]?.kind === 'rust' ? 'package' : 'project'} \`${target.name}\``,
    facts: owners.map((owner) => [OWNER_WORDS[owner.kind], owner.at] as const),
    hints: kinds.includes('environment')
      ? ['give the environment in `ferrule.toml` another name']
      : kinds.length > 1
        ? [
            `write \`rust/${target.name}${rest}\` or \`python/${target.name}${rest}\``,
            ...(target.output === undefined ? [`an output says it as well, such as \`${target.name}:wheel\``] : []),
          ]
        : [`write ${owners.map(({ at }) => `\`${relative(directory, join(repository.root, at)) || '.'}#${target.text}\``).join(' or ')}`],
  };
}
