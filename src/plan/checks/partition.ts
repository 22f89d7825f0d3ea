import { type Diagnostic, fail, ok, type Result } from '../../diagnostics/diagnostic.ts';

/** One of several equal shares of the checks. */
export interface Partition {
  /** From 1. */
  readonly share: number;
  readonly of: number;
}

/** Reads `count:M/N`, as nextest has it. F1064: it is nothing of that kind. */
export function parsePartition(text: string): Result<Partition> {
  const [, share = '', of = ''] = /^count:(\d+)\/(\d+)$/.exec(text) ?? [];
  const partition = { share: Number(share), of: Number(of) };
  return partition.share >= 1 && partition.share <= partition.of ? ok(partition) : fail(badPartition(text));
}

/** Tells of each piece, asked in order, whether it is in the share: every N-th is. */
export function sharing(partition: Partition | undefined): () => boolean {
  let piece = 0;
  return () => {
    if (partition === undefined) return true;
    const isOurs = piece % partition.of === partition.share - 1;
    piece += 1;
    return isOurs;
  };
}

function badPartition(text: string): Diagnostic {
  return {
    code: 'F1064',
    severity: 'error',
    blame: 'input',
    message: `\`${text}\` is no share of the checks`,
    hints: ['write `count:M/N` with M from 1 to N, such as `count:1/3`'],
  };
}
