import { ok, type Result } from '../diagnostics/diagnostic.ts';
import { planRustRequest } from '../plan/plan-request.ts';
import type { RunContext } from '../plan/run-context.ts';
import type { Repository } from '../repository/repository.ts';
import type { CargoSelection } from '../rust/selection.ts';
import type { CheckedWorkspace } from './make-plan.ts';

/** Plans what `cargo clippy --all-targets` and `cargo test` would do with every workspace, as far as `ferrule.toml` wants it. */
export async function planRustChecks(options: {
  readonly context: RunContext;
  readonly repository: Repository;
}): Promise<Result<readonly CheckedWorkspace[]>> {
  const { context, repository } = options;
  const { checks, build } = repository.config;
  const isOn = (...names: readonly string[]): boolean => names.some((name) => checks[name]?.enabled !== false);
  const common = {
    packages: [],
    workspace: true,
    features: build.features,
    allFeatures: false,
    noDefaultFeatures: false,
    target: build.target,
  };
  const lint: CargoSelection = {
    ...common,
    command: 'check',
    targets: ['--all-targets'],
    profile: 'dev',
    driver: { program: 'clippy-driver', arguments: checks['clippy']?.arguments ?? [] },
  };
  const test: CargoSelection = { ...common, command: 'test', targets: [], profile: 'test' };
  const workspaces: CheckedWorkspace[] = [];
  for (const member of repository.members.filter(({ kind }) => kind === 'rust')) {
    const [linted, tested] = await Promise.all([
      isOn('clippy', 'fmt') ? planRustRequest({ context, repository, member, selection: lint }) : undefined,
      isOn('tests') ? planRustRequest({ context, repository, member, selection: test }) : undefined,
    ]);
    if (linted !== undefined && !linted.ok) return linted;
    if (tested !== undefined && !tested.ok) return tested;
    workspaces.push({ lint: linted?.value, test: tested?.value });
  }
  return ok(workspaces);
}
