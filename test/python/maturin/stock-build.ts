import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { InstalledInterpreter } from '../../../src/python/interpreter.ts';
import type { PackingProject } from '../../../src/python/maturin/packing-project.ts';
import { oracleTools } from '../oracle.ts';
import { cargoEnvironment } from './cargo-environment.ts';
import { type CargoPackages, cargoPackages, type RootTarget } from './cargo-packages.ts';

/** A wheel that stock maturin has packed, and what it was packed from. */
export interface StockWheel {
  /** Absolute. */
  readonly wheel: string;
  readonly packages: CargoPackages;
  /** What stood in for the compiled library, or for each program, by target name. */
  readonly compiled: ReadonlyMap<string, string>;
}

export interface StockBuild {
  readonly project: PackingProject;
  readonly installed: InstalledInterpreter;
  /** Absolute directory for what is made on the way. */
  readonly scratch: string;
  /** C source of the library and the programs that maturin gets in place of compiled Rust, and words for the linker. */
  readonly stand?: { readonly source: string; readonly libraries: readonly string[] };
  readonly words?: readonly string[];
}

const STAND_IN = 'int PyInit_stand_in(void) { return 0; }\nint main(void) { return 0; }\n';

/**
 * Has stock maturin pack a project without compiling it: its cargo is a script that answers `cargo rustc` with files made by a C
 * compiler, and passes everything else on to the real one. Throws with what maturin says when it refuses.
 */
export function stockBuild(build: StockBuild): StockWheel {
  const { project, installed, scratch, stand } = build;
  rmSync(scratch, { recursive: true, force: true });
  mkdirSync(join(scratch, 'bin'), { recursive: true });
  const packages = cargoPackages(project);
  const compiled = new Map(packages.built.map((target) => [target.name, standIn({ scratch, target, stand })]));
  writeShim(scratch, packages, compiled);
  const { status, stdout, stderr } = spawnSync(
    oracleTools().maturin,
    ['build', '--interpreter', installed.executable, '--out', join(scratch, 'out'), '--release', ...(build.words ?? [])],
    { cwd: project.directory, env: stockEnvironment(scratch), encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`maturin build: ${stdout}${stderr}`);
  const [wheel] = readdirSync(join(scratch, 'out'));
  if (wheel === undefined) throw new Error('maturin built no wheel');
  return { wheel: join(scratch, 'out', wheel), packages, compiled };
}

function stockEnvironment(scratch: string): NodeJS.ProcessEnv {
  return {
    ...cargoEnvironment(),
    PATH: `${join(scratch, 'bin')}:${process.env['PATH'] ?? ''}`,
    CARGO: join(scratch, 'bin/cargo'),
    SOURCE_DATE_EPOCH: '315532800',
    CARGO_TARGET_DIR: join(scratch, 'target'),
  };
}

function standIn(options: { readonly scratch: string; readonly target: RootTarget; readonly stand: StockBuild['stand'] }): string {
  const { scratch, target, stand } = options;
  const directory = join(scratch, 'target/release');
  mkdirSync(directory, { recursive: true });
  const source = join(scratch, `${target.name}.c`);
  writeFileSync(source, stand?.source ?? STAND_IN);
  const output = join(directory, target.kind === 'bin' ? target.name : `lib${target.name.replaceAll('-', '_')}.so`);
  const kind = target.kind === 'bin' ? [] : ['-shared', '-fPIC'];
  execFileSync('cc', [...kind, '-o', output, source, '-Wl,--no-as-needed', ...(stand?.libraries ?? [])]);
  return output;
}

/** A `cargo` that has compiled everything already. It keeps a copy of what it hands out, for maturin takes the file away. */
function writeShim(scratch: string, packages: CargoPackages, compiled: ReadonlyMap<string, string>): void {
  const real = execFileSync('sh', ['-c', 'command -v cargo'], { encoding: 'utf8' }).trim();
  const answers = packages.built.map((target) => {
    const file = compiled.get(target.name) ?? '';
    const message = {
      reason: 'compiler-artifact',
      package_id: packages.root.id,
      manifest_path: packages.root.manifestPath,
      target: { ...target.metadata, crate_types: [target.kind] },
      profile: { opt_level: '3', debuginfo: 0, debug_assertions: false, overflow_checks: false, test: false },
      features: [],
      filenames: [file],
      executable: target.kind === 'bin' ? file : null,
      fresh: true,
    };
    return `  *" ${target.kind === 'bin' ? `--bin ${target.name}` : '--lib'} "*) cat <<'ANSWER'\n${JSON.stringify(message)}\nANSWER\n  ;;`;
  });
  const text = `#!/bin/sh\nfor word in "$@"; do if [ "$word" = rustc ]; then case " $* " in\n${answers.join('\n')}\nesac; exit 0; fi; done\nexec ${real} "$@"\n`;
  const shim = join(scratch, 'bin/cargo');
  writeFileSync(shim, text);
  chmodSync(shim, 0o755);
  for (const file of compiled.values()) if (!existsSync(`${file}.kept`)) execFileSync('cp', [file, `${file}.kept`]);
}
