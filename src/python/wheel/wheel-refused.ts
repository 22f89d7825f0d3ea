import type { Diagnostic } from '../../diagnostics/diagnostic.ts';

/** A wheel that is not taken; caught by the front doors of this room, which add whose wheel it is. */
export class WheelRefused extends Error {
  readonly refusal: WheelRefusal;
  constructor(refusal: WheelRefusal) {
    super(JSON.stringify(refusal));
    this.name = 'WheelRefused';
    this.refusal = refusal;
  }
}

export type WheelRefusal =
  /** No zip archive, cut short, or its parts contradict each other. `problem` is a clause. */
  | { readonly kind: 'damaged'; readonly problem: string }
  /** `why` completes "entry … ". */
  | { readonly kind: 'entry'; readonly path: string; readonly why: string }
  | {
      readonly kind: 'collision';
      readonly first: string;
      readonly second: string;
      readonly why: 'twice' | 'case' | 'file-and-directory' | 'installed';
    }
  /** `problem` is a clause about its `.dist-info`. */
  | { readonly kind: 'metadata'; readonly problem: string }
  | { readonly kind: 'mismatch'; readonly field: 'name' | 'version'; readonly filename: string; readonly metadata: string }
  | { readonly kind: 'format'; readonly version: string }
  | { readonly kind: 'oversized'; readonly size: number; readonly limit: number }
  | { readonly kind: 'compression'; readonly path: string; readonly method: string; readonly hint: string }
  | { readonly kind: 'entry-point'; readonly problem: string };

/** What is said of a refused wheel. Diagnostics F0940 to F0948. */
export function refusedWheel(filename: string, refusal: WheelRefusal): Diagnostic {
  const wheel = `wheel \`${filename}\``;
  const base = { severity: 'error', blame: 'input' } as const;
  switch (refusal.kind) {
    case 'damaged':
      return {
        ...base,
        code: 'F0940',
        message: `${wheel} is cut short or damaged`,
        facts: [['problem', refusal.problem]],
        hints: ['if its hash is the one in the lock, whoever built it published it damaged: use another version'],
      };
    case 'entry':
      return {
        ...base,
        code: 'F0941',
        message: `${wheel} is refused: entry \`${refusal.path}\` ${refusal.why}`,
        hints: ['no tool that builds wheels makes such an entry: use another version, and tell its index'],
      };
    case 'collision':
      return {
        ...base,
        code: 'F0942',
        message: `${wheel} is refused: ${collisionWords(refusal)}`,
        facts: [
          ['first', refusal.first],
          ['second', refusal.second],
        ],
        hints: ['which of them an installer leaves in place is chance: use another version, and tell its authors'],
      };
    case 'metadata':
      return {
        ...base,
        code: 'F0943',
        message: `${wheel} is no wheel: ${refusal.problem}`,
        hints: ['build it again with a current build backend, or use another version'],
      };
    case 'mismatch':
      return {
        ...base,
        code: 'F0944',
        message: `${wheel} says another ${refusal.field} inside than in its file name`,
        facts: [
          ['file name', refusal.filename],
          ['METADATA', refusal.metadata],
        ],
        hints: ['it was renamed by hand or built wrongly: build it again, or use another version'],
      };
    case 'format':
      return {
        ...base,
        code: 'F0945',
        message: `${wheel} has version ${refusal.version} of the wheel format, and this Ferrule reads version 1`,
        hints: ['use a newer Ferrule, or another version of the distribution'],
      };
    case 'oversized':
      return {
        ...base,
        code: 'F0946',
        message: `${wheel} unpacks to more than a wheel of its size may`,
        facts: [
          ['unpacked', `${refusal.size} bytes`],
          ['limit', `${refusal.limit} bytes`],
        ],
        hints: ['it is likely made to fill disks: do not use it'],
      };
    case 'compression':
      return {
        ...base,
        code: 'F0947',
        message: `entry \`${refusal.path}\` of ${wheel} is packed by a method that cannot be read: ${refusal.method}`,
        hints: [refusal.hint],
      };
    case 'entry-point':
      return {
        ...base,
        code: 'F0948',
        message: `${wheel} has a bad \`entry_points.txt\`: ${refusal.problem}`,
        hints: ['have the script renamed or its entry repaired where the wheel is built, or use another version'],
      };
  }
}

/** Diagnostic F0944. */
export function badFilename(filename: string): Diagnostic {
  return {
    code: 'F0944',
    severity: 'error',
    blame: 'input',
    message: `\`${filename}\` is not the file name of a wheel`,
    hints: ['wheels are named `NAME-VERSION-PYTHON-ABI-PLATFORM.whl`: give it the name it was built with'],
  };
}

function collisionWords(collision: Extract<WheelRefusal, { kind: 'collision' }>): string {
  switch (collision.why) {
    case 'twice':
      return `it holds \`${collision.first}\` twice`;
    case 'case':
      return 'two entries differ only in case, which is one file on some systems';
    case 'file-and-directory':
      return 'one path is both a file and a directory';
    case 'installed':
      return 'two entries are installed to the same path';
  }
}
