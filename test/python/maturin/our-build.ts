import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Result } from '../../../src/diagnostics/diagnostic.ts';
import type { InstalledInterpreter } from '../../../src/python/interpreter.ts';
import type { CompiledCode } from '../../../src/python/maturin/crate-facts.ts';
import { type PackedWheel, packExtension } from '../../../src/python/maturin/pack-extension.ts';
import { plainDisk } from '../../../src/python/maturin/packing-disk.ts';
import type { PackingProject } from '../../../src/python/maturin/packing-project.ts';
import { writeWheelArchive } from '../../../src/python/wheel-archive/write-wheel-archive.ts';
import type { Store } from '../../../src/store/store.ts';
import type { CargoPackages } from './cargo-packages.ts';

/** Packs with ours what stock maturin was given. */
export function ourBuild(options: {
  readonly project: PackingProject;
  readonly installed: InstalledInterpreter;
  readonly packages: CargoPackages;
  readonly compiled: ReadonlyMap<string, string>;
  readonly store: Store;
}): Result<PackedWheel> {
  const { project, installed, packages, store } = options;
  return packExtension({
    project,
    crate: packages.crate,
    code: compiledCode(options),
    interpreter: installed.interpreter,
    purpose: 'publish',
    ignoreRoot: project.directory,
    outDirectories: new Map(),
    disk: plainDisk(store),
  });
}

function compiledCode(options: {
  readonly packages: CargoPackages;
  readonly compiled: ReadonlyMap<string, string>;
  readonly store: Store;
}): CompiledCode {
  const { packages, compiled, store } = options;
  const files = [...compiled].map(([name, path]) => ({
    name,
    path: `${path}.kept`,
    digest: store.copyFile(`${path}.kept`, { executable: true }),
  }));
  if (packages.bindings === 'programs') return { kind: 'programs', programs: files, embedsPython: false };
  const [library] = files;
  if (library === undefined) throw new Error('nothing was compiled');
  return { kind: 'module', library, stableAbi: packages.stableAbi };
}

/** Writes the archive into a directory; its path. */
export function writeOurWheel(wheel: PackedWheel, options: { readonly directory: string; readonly store: Store }): string {
  mkdirSync(options.directory, { recursive: true });
  const path = join(options.directory, wheel.filename);
  const read = (digest: Parameters<Store['readBlob']>[0]): Uint8Array => {
    const bytes = options.store.readBlob(digest);
    if (bytes === undefined) throw new Error(`${digest.hash} is not in the store`);
    return bytes;
  };
  writeFileSync(path, writeWheelArchive({ files: wheel.files, distInfo: wheel.distInfo, read }));
  return path;
}
