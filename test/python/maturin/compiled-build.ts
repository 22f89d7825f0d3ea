import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { oracleTools } from '../oracle.ts';
import { cargoEnvironment } from './cargo-environment.ts';
import { cargoPackages } from './cargo-packages.ts';
import type { StockBuild, StockWheel } from './stock-build.ts';

/** As `stockBuild`, but Rust is really compiled, in the dev profile. What was compiled before in the same scratch directory is used again. */
export function compiledBuild({ project, installed, scratch }: StockBuild): StockWheel {
  rmSync(join(scratch, 'out'), { recursive: true, force: true });
  mkdirSync(scratch, { recursive: true });
  const packages = cargoPackages(project);
  const words = ['build', '--interpreter', installed.executable, '--out', join(scratch, 'out'), '--profile', 'dev'];
  const { status, stdout, stderr } = spawnSync(oracleTools().maturin, words, {
    cwd: project.directory,
    env: { ...cargoEnvironment(), CARGO_TARGET_DIR: join(scratch, 'target'), SOURCE_DATE_EPOCH: '315532800' },
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(`maturin build: ${stdout}${stderr}`);
  const [wheel] = readdirSync(join(scratch, 'out'));
  if (wheel === undefined) throw new Error('maturin built no wheel');
  const compiled = packages.built.map(({ name, kind }) => {
    const file = join(scratch, 'target/debug', kind === 'bin' ? name : `lib${name.replaceAll('-', '_')}.so`);
    copyFileSync(file, `${file}.kept`);
    return [name, file] as const;
  });
  return { wheel: join(scratch, 'out', wheel), packages, compiled: new Map(compiled) };
}
