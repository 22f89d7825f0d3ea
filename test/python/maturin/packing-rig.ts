import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Result } from '../../../src/diagnostics/diagnostic.ts';
import type { InstalledInterpreter } from '../../../src/python/interpreter.ts';
import type { PackedWheel } from '../../../src/python/maturin/pack-extension.ts';
import type { PackingProject } from '../../../src/python/maturin/packing-project.ts';
import { type DirectoryStore, openStore } from '../../../src/store/directory-store.ts';
import { installedAt, pythonsHere } from '../interpreters/installed-pythons.ts';
import { oracleTools } from '../oracle.ts';
import { compareWheels } from './compare-wheels.ts';
import { ourBuild, writeOurWheel } from './our-build.ts';
import { type StockBuild, stockBuild, type StockWheel } from './stock-build.ts';
import { type ReadWheel, readWheel } from './wheel-contents.ts';
import { writtenProject } from './written-project.ts';

type Stand = Pick<StockBuild, 'stand' | 'words'>;

/** A store, an interpreter and a directory, and both packers on the same projects. */
export interface PackingRig {
  readonly store: DirectoryStore;
  readonly installed: InstalledInterpreter;
  written(files: Readonly<Record<string, string>>): PackingProject;
  stock(project: PackingProject, more?: Stand): StockWheel;
  ours(project: PackingProject, stock: StockWheel): Result<PackedWheel>;
  /** Packs with both: what distinguishes the wheels beyond the listed differences, and ours as its archive has it. */
  both(project: PackingProject, more?: Stand): { readonly problems: readonly string[]; readonly ours: ReadWheel };
  dispose(): void;
}

/** Throws when an oracle or an interpreter is missing. */
export async function openPackingRig(): Promise<PackingRig> {
  const directory = mkdtempSync(join(tmpdir(), 'ferrule-maturin-'));
  const store = openStore({ directory: join(directory, 'store'), now: () => 0, processId: process.pid });
  const [python] = pythonsHere();
  if (python === undefined) throw new Error('no Python here');
  const installed = await installedAt(python, store);
  oracleTools();
  let made = 0;
  const rig: PackingRig = {
    store,
    installed,
    written: (files) => {
      made += 1;
      return writtenProject(join(directory, String(made)), files);
    },
    stock: (project, more) => stockBuild({ project, installed, scratch: join(project.directory, '../scratch'), ...more }),
    ours: (project, stock) => ourBuild({ project, installed, ...stock, store }),
    both: (project, more) => {
      const stock = rig.stock(project, more);
      const packed = rig.ours(project, stock);
      if (!packed.ok) throw new Error(JSON.stringify(packed.diagnostics, undefined, 2));
      const ours = readWheel(writeOurWheel(packed.value, { directory: join(project.directory, '../ours'), store }));
      return { problems: compareWheels(readWheel(stock.wheel), ours), ours };
    },
    dispose: () => rmSync(directory, { recursive: true, force: true }),
  };
  return rig;
}
