import type { Result } from '../diagnostics/diagnostic.ts';
import type { Repository } from '../repository/repository.ts';
import { planWorkspace } from './plan-workspace.ts';
import type { RunContext } from './run-context.ts';
import type { RustRequest } from './select-targets.ts';
import type { WorkspacePlan } from './workspace-plan.ts';

/** Plans one selection of one Cargo workspace of the repository with the toolchain that cargo would use there. */
export async function planRustRequest(options: {
  readonly context: RunContext;
  readonly repository: Repository;
  readonly member: RustRequest['member'];
  readonly selection: RustRequest['selection'];
}): Promise<Result<WorkspacePlan>> {
  const { context, repository, member, selection } = options;
  const toolchain = await context.toolchainOf(member);
  if (!toolchain.ok) return toolchain;
  return await planWorkspace({
    member: member.path,
    workspaceRoot: member.directory,
    repositoryRoot: repository.root,
    selection,
    toolchain: toolchain.value,
    environment: context.request.environment,
    offline: context.request.offline,
    store: context.store,
    run: context.process,
    onProgress: (text) => context.progress(text),
    now: context.request.now,
  });
}
