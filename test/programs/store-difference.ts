import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ActionResult } from '../../src/model/action.ts';
import { parseSha256 } from '../../src/model/digest.ts';
import { openStore } from '../../src/store/directory-store.ts';

/** How the results of two builds of the same sources in two stores differ. */
export interface StoreDifference {
  /** Outputs of actions with the same key that are not the same bytes: what is not deterministic. By path in the action's root. */
  readonly outputs: readonly string[];
  /** Actions that only one of them knows: they read such an output, or their keys hold something they should not. */
  readonly loneKeys: number;
}

/** What a script says to people (`running: make`) goes nowhere, and may come in another order. */
interface KeptResult extends ActionResult {
  readonly directives: string;
}

export function compareStores(left: string, right: string): StoreDifference {
  const [first, second] = [readResults(left), readResults(right)];
  const outputs: string[] = [];
  let loneKeys = 0;
  for (const [key, result] of first) {
    const other = second.get(key);
    if (other === undefined) loneKeys += 1;
    else outputs.push(...differingOutputs(result, other));
  }
  for (const key of second.keys()) if (!first.has(key)) loneKeys += 1;
  return { outputs: [...new Set(outputs)].toSorted(), loneKeys };
}

function differingOutputs(left: KeptResult, right: KeptResult): readonly string[] {
  const hashes = new Map(right.outputs.map((output) => [output.path, output.digest.hash]));
  const differing = left.outputs.filter((output) => hashes.get(output.path) !== output.digest.hash).map((output) => output.path);
  return left.directives === right.directives
    ? differing
    : [...differing, `directives of the script with ${left.outputs[0]?.path ?? 'nothing'}`];
}

function readResults(directory: string): ReadonlyMap<string, KeptResult> {
  const store = openStore({ directory, now: Date.now, processId: process.pid });
  const results = new Map<string, KeptResult>();
  for (const name of readdirSync(join(directory, 'v1/results'), { recursive: true, encoding: 'utf8' })) {
    const hash = parseSha256(name.slice(3));
    const result = hash === undefined ? undefined : store.getResult({ hash, size: 0 });
    if (result === undefined) continue;
    const printed = store.readBlob(result.stdout)?.toString('latin1') ?? '';
    results.set(name.slice(3), {
      ...result,
      directives: printed
        .split('\n')
        .filter((line) => line.startsWith('cargo:'))
        .join('\n'),
    });
  }
  return results;
}
