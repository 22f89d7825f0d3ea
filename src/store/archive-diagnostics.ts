import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Sha256 } from '../model/digest.ts';

/** What is said about every archive: its crate and where it stands. */
export interface ArchiveName {
  /** `NAME-VERSION`. */
  readonly crate: string;
  /** Absolute path on this machine. */
  readonly archive: string;
}

export function missingArchive(name: ArchiveName, systemCode: string): Diagnostic {
  return {
    code: 'F0301',
    severity: 'error',
    blame: 'infrastructure',
    message: `archive of crate \`${name.crate}\` cannot be read`,
    facts: [
      ['archive', name.archive],
      ['error', systemCode],
    ],
    hints: ['run `cargo fetch --locked`, which downloads missing archives'],
  };
}

export function wrongChecksum(name: ArchiveName, checksums: { readonly locked: Sha256; readonly found: Sha256 }): Diagnostic {
  return {
    code: 'F0302',
    severity: 'error',
    blame: 'input',
    message: `archive of crate \`${name.crate}\` does not have the checksum that \`Cargo.lock\` asks for`,
    facts: [
      ['archive', name.archive],
      ['locked', `sha256:${checksums.locked}`],
      ['found', `sha256:${checksums.found}`],
    ],
    hints: [`delete the archive and run \`cargo fetch --locked\`; if the checksum is still wrong, do not trust the crate's source`],
  };
}

export function damagedArchive(name: ArchiveName, problem: string): Diagnostic {
  return {
    code: 'F0303',
    severity: 'error',
    blame: 'input',
    message: `archive of crate \`${name.crate}\` is cut short or damaged`,
    facts: [
      ['archive', name.archive],
      ['problem', problem],
    ],
    hints: ['delete the archive and run `cargo fetch --locked`'],
  };
}

/** `why` completes "entry … ". */
export function refusedEntry(name: ArchiveName, entry: { readonly path: string; readonly why: string }): Diagnostic {
  return {
    code: 'F0304',
    severity: 'error',
    blame: 'input',
    message: `archive of crate \`${name.crate}\` is refused: entry \`${entry.path}\` ${entry.why}`,
    facts: [['archive', name.archive]],
    hints: ['no crate that cargo packed has such an entry: use another version of the crate, and tell its registry'],
  };
}

export function oversizedArchive(name: ArchiveName, limit: number): Diagnostic {
  return {
    code: 'F0305',
    severity: 'error',
    blame: 'input',
    message: `archive of crate \`${name.crate}\` unpacks to more than ${Math.floor(limit / (1 << 20))} MiB`,
    facts: [['archive', name.archive]],
    hints: ['cargo has the same limit: use another version of the crate'],
  };
}
