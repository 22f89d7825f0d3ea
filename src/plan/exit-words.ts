import { constants } from 'node:os';

/** Signals in cargo's words (`crates/cargo-util/src/process_error.rs`, `exit_status_to_string`). */
const MEANINGS: readonly (readonly [NodeJS.Signals, string])[] = [
  ['SIGABRT', 'process abort signal'],
  ['SIGALRM', 'alarm clock'],
  ['SIGBUS', 'access to undefined memory'],
  ['SIGFPE', 'erroneous arithmetic operation'],
  ['SIGHUP', 'hangup'],
  ['SIGILL', 'illegal instruction'],
  ['SIGINT', 'terminal interrupt signal'],
  ['SIGKILL', 'kill'],
  ['SIGPIPE', 'write on a pipe with no one to read'],
  ['SIGQUIT', 'terminal quit signal'],
  ['SIGSEGV', 'invalid memory reference'],
  ['SIGTERM', 'termination signal'],
];

/** How a process ended, as cargo says it: `exit status: 101`, `signal: 11, SIGSEGV: invalid memory reference`. */
export function exitWords(exitCode: number): string {
  const signal = MEANINGS.find(([name]) => exitCode === 128 + constants.signals[name]);
  return signal === undefined ? `exit status: ${exitCode}` : `signal: ${exitCode - 128}, ${signal[0]}: ${signal[1]}`;
}
