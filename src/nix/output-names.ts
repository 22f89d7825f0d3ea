import { storeName } from './plan-builder.ts';
import type { NixOutput } from './plan-file.ts';

/**
 * Enters an output under its name: `ripgrep`, `ripgrep-lib`, `ripgrep-bin-rg`. Where another has that, a Python project's output is named
 * in full, as a crate has the short name, and a package's with the directory of its member: `tools-xtask`. What comes first keeps its name.
 */
export function nameOutput(
  outputs: Record<string, NixOutput>,
  output: NixOutput,
  /** Directory of its member relative to the root; absent: it is no crate's. */
  member = '',
): void {
  const name = freeName(outputs, output, member);
  outputs[name] = output;
}

function freeName(outputs: Readonly<Record<string, NixOutput>>, output: NixOutput, member: string): string {
  const short = nameOf(output);
  const names = [short, member === '' || member === '.' ? nameOf({ ...output, isDefault: false }) : `${storeName(member)}-${short}`];
  const isFree = (name: string): boolean => outputs[name] === undefined || outputs[name].node === output.node;
  for (let count = 2; ; count += 1) {
    const name = names.find(isFree);
    if (name !== undefined) return name;
    names.push(`${short}-${count}`);
  }
}

function nameOf({ target, output, isDefault }: NixOutput): string {
  return isDefault ? storeName(target) : `${storeName(target)}-${output.replaceAll('/', '-')}`;
}
