import * as v from 'valibot';
import type { ActionResult } from '../model/action.ts';
import { parseSha256, type Sha256 } from '../model/digest.ts';

const digest = v.object({
  hash: v.custom<Sha256>((value) => typeof value === 'string' && parseSha256(value) !== undefined),
  size: v.number(),
});

const output = v.variant('kind', [
  v.object({ kind: v.literal('file'), path: v.string(), digest, executable: v.boolean() }),
  v.object({ kind: v.literal('tree'), path: v.string(), digest }),
]);

const schema = v.object({
  exitCode: v.number(),
  outputs: v.array(output),
  stdout: digest,
  stderr: digest,
  elapsedMs: v.number(),
});

/** An action's result as JSON. */
export function resultText(result: ActionResult): string {
  return JSON.stringify(result);
}

/** The result that a text says; `undefined` when it has another shape. */
export function parseResult(text: string): ActionResult | undefined {
  const parsed = v.safeParse(schema, parseJson(text));
  return parsed.success ? parsed.output : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
