import { type Diagnostic, fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import type { Toolchain } from '../toolchain.ts';

/** Minor versions of cargo 1.x whose unit graph and command lines are known: older ones lack fields, newer ones are untested. */
const OLDEST = 85;
const NEWEST = 100;

/** Fails with F0203 for a cargo that is too old; warns with F0203 for one that is newer than Ferrule knows. */
export function cargoRange(toolchain: Pick<Toolchain, 'cargoVersion'>): Result<undefined> {
  const [major, minor] = toolchain.cargoVersion.split('.').map(Number);
  if (major === undefined || minor === undefined || Number.isNaN(major) || Number.isNaN(minor)) return fail(outside(toolchain, 'error'));
  if (major < 1 || (major === 1 && minor < OLDEST)) return fail(outside(toolchain, 'error'));
  return ok(undefined, major > 1 || minor > NEWEST ? [outside(toolchain, 'warning')] : []);
}

function outside(toolchain: Pick<Toolchain, 'cargoVersion'>, severity: 'error' | 'warning'): Diagnostic {
  const range = `1.${OLDEST} to 1.${NEWEST}`;
  return {
    code: 'F0203',
    severity,
    blame: 'input',
    message:
      severity === 'error'
        ? `cargo ${toolchain.cargoVersion} is not supported`
        : `cargo ${toolchain.cargoVersion} is newer than this Ferrule knows; command lines may differ from cargo's`,
    facts: [['supported', range]],
    hints: [severity === 'error' ? 'choose a newer toolchain in `rust-toolchain.toml`' : 'look for a newer Ferrule'],
  };
}
