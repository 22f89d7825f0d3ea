import type { Result } from '../diagnostics/diagnostic.ts';
import type { ActionResult } from '../model/action.ts';
import type { ScriptRunUnit } from '../rust/planned-unit.ts';
import { parseScriptOutput } from '../rust/script/script-directives.ts';
import type { ScriptOutput } from '../rust/script/script-output.ts';
import type { Store } from '../store/store.ts';

/** Directives of a build-script run whose result is at hand. */
export function readScript(options: {
  readonly unit: ScriptRunUnit;
  readonly result: ActionResult;
  readonly store: Store;
  readonly nightly: boolean;
}): Result<ScriptOutput> {
  const { unit, result, store, nightly } = options;
  const { name, version } = unit.unit.package;
  return parseScriptOutput({
    stdout: store.readBlob(result.stdout) ?? Buffer.alloc(0),
    label: `${name} v${version}`,
    package: unit.unit.package,
    outDirectory: unit.outDirectory,
    bootstrap: { nightly, allowed: undefined },
  });
}

/** Variables whose change makes cargo run the script again, also from the output of a script that failed. */
export function scriptReads(stdout: Buffer): readonly string[] {
  return [...stdout.toString('latin1').matchAll(/^\s*cargo::?rerun-if-env-changed=(.+?)\s*$/gm)].flatMap((match) => match[1] ?? []);
}
