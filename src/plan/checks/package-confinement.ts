import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Package } from '../../rust/unit.ts';
import type { KnownPaths } from '../rust-outcome.ts';
import type { WorkspacePlan } from '../workspace-plan.ts';
import type { FailedCheck } from './check.ts';
import { confinement } from './unreadable-file.ts';

/** What a crate's test could not reach from its sandbox. */
export function packageConfinement(
  failed: FailedCheck,
  crate: { readonly plan: WorkspacePlan; readonly pkg: Package; readonly paths: KnownPaths },
): readonly Diagnostic[] {
  const { action, store, stdout, stderr } = failed;
  const { plan, pkg, paths } = crate;
  return confinement({
    subject: pkg.name,
    action,
    store,
    printed: paths(`${stderr}\n${stdout}`),
    sources: pkg.targets.map(({ sourcePath }) => sourcePath),
    directory: pkg.root,
    anchor: plan.facts.sourceAnchor,
    visible: [plan.facts.toolchain.sysroot],
    declaration: (input) => `[[override]]\ncrate = ${JSON.stringify(pkg.name)}\ninputs = [${JSON.stringify(input)}]`,
  });
}
