import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256Of } from '../../model/digest.ts';
import type { Toolchain } from '../toolchain.ts';

/**
 * The toolchain as it would answer on another machine: good for planning, not for compiling. cargo and Ferrule learn from `rustc -vV`
 * which machine they are on, and from `--print` what it is like; rustc describes every platform it knows, so a small program that
 * stands for rustc can answer both.
 */
export function withHost(options: {
  readonly toolchain: Toolchain;
  /** Target triple. */
  readonly host: string;
  /** Absolute directory that keeps the programs. */
  readonly directory: string;
}): Toolchain {
  const { toolchain, host, directory } = options;
  if (host === toolchain.host) return toolchain;
  const text = program(toolchain, host);
  const path = join(directory, `rustc-${host}-${sha256Of(text).slice(0, 16)}`);
  if (!existsSync(path)) {
    mkdirSync(directory, { recursive: true });
    const beside = `${path}.${process.pid}`;
    writeFileSync(beside, text, { mode: 0o755 });
    renameSync(beside, path);
  }
  const { sysroot, cargo, rustcVersion, cargoVersion } = toolchain;
  return {
    sysroot,
    cargo,
    rustcVersion,
    cargoVersion,
    rustc: path,
    rustcVerboseVersion: toolchain.rustcVerboseVersion.replace(/^host: .*$/m, `host: ${host}`),
    host,
    get tree() {
      return toolchain.tree;
    },
  };
}

function program({ rustc }: Toolchain, host: string): string {
  const quoted = `'${rustc.replaceAll("'", `'\\''`)}'`;
  return `#!/bin/sh
# Answers for ${host} what cargo asks rustc while it plans.
for word; do
  case "$word" in
    -vV|-Vv) ${quoted} -vV | sed 's/^host: .*/host: ${host}/'; exit ;;
    --target|--target=*) exec ${quoted} "$@" ;;
  esac
done
exec ${quoted} "$@" --target ${host}
`;
}
