import { spawnSync } from 'node:child_process';

/** The environment for cargo in a foreign project: the toolchain in use here, whatever the project's `rust-toolchain.toml` wants. */
export function cargoEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], HOME: process.env['HOME'], CARGO_HOME: process.env['CARGO_HOME'], ...toolchain() };
}

function toolchain(): { readonly RUSTUP_TOOLCHAIN?: string } {
  const { status, stdout } = spawnSync('rustup', ['show', 'active-toolchain'], { cwd: '/', encoding: 'utf8' });
  const name = status === 0 ? stdout.split(' ')[0] : undefined;
  return name === undefined ? {} : { RUSTUP_TOOLCHAIN: name };
}
