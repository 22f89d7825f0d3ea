import type { CompileStep } from './plan-file.ts';

/** Files that a call is to leave: name, and whether it may be missing. */
export function outputFiles({ outputs }: Pick<CompileStep, 'outputs'>): readonly { readonly name: string; readonly optional: boolean }[] {
  return outputs.map((output) => (output.startsWith('?') ? { name: output.slice(1), optional: true } : { name: output, optional: false }));
}
