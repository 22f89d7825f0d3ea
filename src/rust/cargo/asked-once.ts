import type { ProcessOutcome, ProcessRunner } from './process.ts';

/**
 * A runner that starts a process once for equal questions: several targets of a workspace ask for the same packages and platforms. What
 * failed is asked again, because something may have been fetched meanwhile; what reports as it goes is never shared.
 */
export function askedOnce(run: ProcessRunner): ProcessRunner {
  const answers = new Map<string, Promise<ProcessOutcome>>();
  return async (question) => {
    const { program, arguments: words, directory, environment, ...rest } = question;
    if (Object.keys(rest).length > 0) return await run(question);
    const key = JSON.stringify([program, words, directory, environment]);
    const answer = answers.get(key) ?? run(question);
    answers.set(key, answer);
    const outcome = await answer;
    if (outcome.exitCode !== 0) answers.delete(key);
    return outcome;
  };
}
