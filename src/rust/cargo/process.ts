/** The narrow seam to other programs: all that planning asks of the operating system besides reading files. */
export interface ProcessRequest {
  /** Absolute path of the program. */
  readonly program: string;
  readonly arguments: readonly string[];
  /** The whole environment: nothing is inherited. */
  readonly environment: Readonly<Record<string, string>>;
  /** Absolute working directory. */
  readonly directory: string;
  /** Called with each finished line of standard error as it arrives, without the line end. */
  readonly onStderr?: (line: string) => void;
  /** Aborted: the program is killed. */
  readonly signal?: AbortSignal;
}

export interface ProcessOutcome {
  /** Exit status; `undefined` when a signal ended the process or it could not be started (`stderr` then says why). */
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end with an empty standard input. Never rejects. */
export type ProcessRunner = (request: ProcessRequest) => Promise<ProcessOutcome>;
