import { type Diagnostic, fail, ok, type Result } from '../diagnostics/diagnostic.ts';
import { normalizeName } from '../python/distribution-name.ts';
import type { Member, Repository } from '../repository/repository.ts';
import { parseTargetName, type PythonOutput, type RustOutput, type TargetName, unknownTarget } from '../repository/target-name.ts';
import type { CargoSelection } from '../rust/selection.ts';
import type { IndexedPackage } from './package-index.ts';
import type { IndexedProject, PythonRequest } from './python/request.ts';
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
}

interface Selection {
  readonly repository: Repository;
  readonly targets: readonly string[];
  readonly flags: SelectionFlags;
  /** What a Python project means without an output. */
  readonly pythonDefault: 'wheel' | 'env';
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
    if (found.value.kind === 'rust') rust.push(rustRequest({ target: target.value, member: found.value.member, flags: options.flags }));
    else
      python.push({
        member: found.value.member,
        project: found.value.project,
        output: pythonOutput(target.value, found.value.project, options.pythonDefault),
      });
  }
  return ok({ rust, python });
}

async function defaultTargets({ repository, flags, index, pythonDefault }: Selection): Promise<Result<SelectedTargets>> {
  const rust = ofKind(repository.selected, 'rust').map((member) => ({
    member,
    package: undefined,
    output: undefined,
    selection: { ...flags, ...selectionOf(undefined), packages: [], workspace: false },
  }));
  const python: PythonRequest[] = [];
  for (const member of ofKind(repository.selected, 'python')) {
    const projects = await index.projects(member);
    if (!projects.ok) return projects;
    python.push(...projects.value.map((project) => ({ member, project, output: defaultOutput(project, pythonDefault) })));
  }
  return ok({ rust, python });
}

function ofKind(members: readonly Member[], kind: Member['kind']): readonly Member[] {
  return members.filter((member) => member.kind === kind);
}

/** A wheel; of a project that has no build system, the environment it describes. */
function defaultOutput(project: IndexedProject, wanted: Selection['pythonDefault']): PythonOutput {
  return project.isPackage && wanted === 'wheel' ? { kind: 'wheel' } : { kind: 'env', groups: [] };
}

function pythonOutput(target: TargetName, project: IndexedProject, wanted: Selection['pythonDefault']): PythonOutput {
  const { output } = target;
  return output !== undefined && !isRustOutput(output) ? output : defaultOutput(project, wanted);
}

function rustRequest(options: { readonly target: TargetName; readonly member: Member; readonly flags: SelectionFlags }): RustRequest {
  const { target, member, flags } = options;
  const output = target.output !== undefined && isRustOutput(target.output) ? target.output : undefined;
  const selection = { ...flags, ...selectionOf(output), packages: [target.name], workspace: false };
  return { member, package: target.name, output, selection };
}

type Owner =
  | { readonly kind: 'rust'; readonly member: Member }
  | { readonly kind: 'python'; readonly member: Member; readonly project: IndexedProject };

async function findTarget(target: TargetName, { repository, index }: Selection): Promise<Result<Owner>> {
  const known: string[] = [];
  const owners: Owner[] = [];
  for (const member of target.ecosystem === 'python' ? [] : ofKind(repository.members, 'rust')) {
    const packages = await index.packages(member);
    if (!packages.ok) return packages;
    known.push(...packages.value.map((pkg) => pkg.name));
    if (packages.value.some((pkg) => pkg.name === target.name)) owners.push({ kind: 'rust', member });
  }
  const name = normalizeName(target.name);
  for (const member of target.ecosystem === 'rust' ? [] : ofKind(repository.members, 'python')) {
    const projects = await index.projects(member);
    if (!projects.ok) return projects;
    known.push(...projects.value.map((project) => project.displayName));
    const project = projects.value.find((candidate) => candidate.name === name);
    if (project !== undefined) owners.push({ kind: 'python', member, project });
  }
  const [owner, second] = owners;
  if (owner === undefined) return fail(unknownTarget(target, known));
  return second === undefined ? ok(owner) : fail(ambiguous(target, owners));
}

function isRustOutput(output: NonNullable<TargetName['output']>): output is RustOutput {
  return ['bin', 'example', 'test', 'bench', 'lib', 'cdylib', 'staticlib'].includes(output.kind);
}

function ambiguous(target: TargetName, owners: readonly Owner[]): Diagnostic {
  const kinds = new Set(owners.map((owner) => owner.kind));
  const rest = target.text.slice(target.name.length);
  return {
    code: 'F0704',
    severity: 'error',
    blame: 'input',
    message:
      kinds.size > 1
        ? `both a crate and a distribution are called \`${target.name}\``
        : `more than one member has a ${owners[0]?.kind === 'rust' ? 'package' : 'project'} \`${target.name}\``,
    facts: owners.map((owner) => [owner.kind === 'rust' ? 'crate' : 'distribution', owner.member.path] as const),
    hints:
      kinds.size > 1
        ? [`write \`rust/${target.name}${rest}\` or \`python/${target.name}${rest}\``]
        : [`run \`ferrule -C ${owners[0]?.member.path ?? '.'} build ${target.text}\` to choose one`],
  };
}
