import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ok, type Result } from '../diagnostics/diagnostic.ts';
import { type Digest, sha256Of } from '../model/digest.ts';
import { CRATES_PLACE } from '../python/build/wheel-build-action.ts';
import { askCargoText, type TextQuestion } from '../rust/cargo/ask-cargo.ts';
import { formatTree, parseTree } from '../source/tree-memory.ts';
import type { Store } from '../store/store.ts';

/** The crates of some locks as a directory that cargo can take them from. */
export interface VendoredCrates {
  readonly tree: Digest;
  /** cargo's configuration for it; {@link CRATES_PLACE} stands for the directory. */
  readonly config: string;
}

/** Raised when the same locks would give something else. */
const FORMAT = 1;

/** Has cargo vendor the crates of workspaces (`cargo vendor`), once for the same locks. */
export async function vendoredCrates(
  options: TextQuestion & {
    readonly store: Store;
    /** Absolute manifests beside the locks, at least one. */
    readonly manifests: readonly [string, ...(readonly string[])];
    /** Text of each lock. */
    readonly locks: readonly string[];
  },
): Promise<Result<VendoredCrates>> {
  const { store, manifests, locks, toolchain } = options;
  const key = sha256Of(JSON.stringify([FORMAT, toolchain.cargoVersion, ...locks]));
  const known = recalled(store, key);
  if (known !== undefined) return ok(known);
  const scratch = store.scratch();
  try {
    const directory = join(scratch.path, 'crates');
    const [first, ...others] = manifests;
    const words = ['vendor', '--locked', '--versioned-dirs', '--respect-source-config', `--manifest-path=${first}`];
    const printed = await askCargoText(options, [...words, ...others.map((manifest) => `--sync=${manifest}`), directory]);
    if (!printed.ok) return printed;
    if (!existsSync(directory)) mkdirSync(directory);
    const config = withRegistry(printed.value.replaceAll(directory, CRATES_PLACE));
    const tree = store.takeTree(directory);
    store.putNote('vendored-crates', key, `${formatTree(tree)}\n${config}`);
    return ok({ tree, config });
  } finally {
    scratch.dispose();
  }
}

function recalled(store: Store, key: string): VendoredCrates | undefined {
  const note = store.getNote('vendored-crates', key);
  const end = note?.indexOf('\n') ?? -1;
  const tree = note === undefined || end === -1 ? undefined : parseTree(note.slice(0, end));
  if (note === undefined || tree === undefined || store.treePath(tree) === undefined) return undefined;
  return { tree, config: note.slice(end + 1) };
}

/** Whatever the user's cargo takes crates from, in the sandbox the usual registry is that directory. */
function withRegistry(printed: string): string {
  if (printed.includes('[source.crates-io]')) return printed;
  const directory = printed.includes('[source.vendored-sources]') ? '' : `[source.vendored-sources]\ndirectory = "${CRATES_PLACE}"\n`;
  return `[source.crates-io]\nreplace-with = "vendored-sources"\n${directory}${printed}`;
}
