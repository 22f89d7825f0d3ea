import { type Diagnostic, fail, ok, type Result } from '../diagnostics/diagnostic.ts';
import type { Member, Repository } from '../repository/repository.ts';
import { parseTargetName, type RustOutput, type TargetName, unknownTarget } from '../repository/target-name.ts';
import type { CargoSelection } from '../rust/selection.ts';
import type { IndexedPackage } from './package-index.ts';
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

/** Flags that hold for every target of a run. */
export type SelectionFlags = Pick<CargoSelection, 'features' | 'allFeatures' | 'noDefaultFeatures' | 'profile' | 'target'>;

/** Packages of one Rust member. */
export type IndexMember = (member: Member) => Promise<Result<readonly IndexedPackage[]>>;

/**
 * Turns the targets of the command line into requests; without any, the default output of every selected member.
 * Each target is planned by itself, as `cargo build -p NAME` would, so that what else is asked for cannot change its features.
 */
export async function selectTargets(options: {
  readonly repository: Repository;
  readonly targets: readonly string[];
  readonly flags: SelectionFlags;
  readonly index: IndexMember;
}): Promise<Result<readonly RustRequest[]>> {
  const { repository, targets, flags, index } = options;
  if (targets.length === 0) {
    return ok(
      rustMembers(repository.selected).map((member) => ({
        member,
        package: undefined,
        output: undefined,
        selection: { ...flags, ...selectionOf(undefined), packages: [], workspace: false },
      })),
    );
  }
  const requests: RustRequest[] = [];
  for (const text of targets) {
    const target = parseTargetName(text);
    if (!target.ok) return target;
    const found = await findPackage({ target: target.value, members: rustMembers(repository.members), index });
    if (!found.ok) return found;
    const output = target.value.output;
    if (target.value.ecosystem === 'python' || (output !== undefined && !isRustOutput(output))) return fail(noPythonYet(target.value));
    requests.push({
      member: found.value,
      package: target.value.name,
      output,
      selection: { ...flags, ...selectionOf(output), packages: [target.value.name], workspace: false },
    });
  }
  return ok(requests);
}

function rustMembers(members: readonly Member[]): readonly Member[] {
  return members.filter((member) => member.kind === 'rust');
}

async function findPackage(options: {
  readonly target: TargetName;
  readonly members: readonly Member[];
  readonly index: IndexMember;
}): Promise<Result<Member>> {
  const { target, members, index } = options;
  const known: string[] = [];
  const owners: Member[] = [];
  for (const member of members) {
    const packages = await index(member);
    if (!packages.ok) return packages;
    known.push(...packages.value.map((pkg) => pkg.name));
    if (packages.value.some((pkg) => pkg.name === target.name)) owners.push(member);
  }
  const [owner, second] = owners;
  if (owner === undefined) return fail(unknownTarget(target, known));
  return second === undefined ? ok(owner) : fail(ambiguous(target, owners));
}

function isRustOutput(output: NonNullable<TargetName['output']>): output is RustOutput {
  return ['bin', 'example', 'test', 'bench', 'lib', 'cdylib', 'staticlib'].includes(output.kind);
}

function ambiguous(target: TargetName, owners: readonly Member[]): Diagnostic {
  return {
    code: 'F0704',
    severity: 'error',
    blame: 'input',
    message: `more than one member has a package \`${target.name}\``,
    facts: owners.map((owner) => ['member', owner.path] as const),
    hints: [`run \`ferrule -C ${owners[0]?.path ?? '.'} build ${target.text}\` to choose one`],
  };
}

function noPythonYet(target: TargetName): Diagnostic {
  return {
    code: 'F0705',
    severity: 'error',
    blame: 'input',
    message: `\`${target.text}\` is a Python output, and this Ferrule builds Rust only`,
  };
}
