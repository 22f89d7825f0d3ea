import { spawnSync } from 'node:child_process';
import { oracleTools } from '../oracle.ts';

/** At the top level: installing the oracles the first time takes longer than a test may. */
const { python } = oracleTools();

/**
 * Runs lines of Python that set `answer` from `question` (any JSON), with `packaging` at hand. `attempt(f, *arguments)` gives `None`
 * where `packaging` refuses.
 */
export function askPackaging(question: unknown, program: string): unknown {
  const script = `
import json, sys
from packaging.version import Version, InvalidVersion
from packaging.specifiers import SpecifierSet, InvalidSpecifier
from packaging.markers import Marker, InvalidMarker, UndefinedComparison, UndefinedEnvironmentName
from packaging.requirements import Requirement, InvalidRequirement
from packaging.utils import parse_wheel_filename, InvalidWheelFilename
REFUSALS = (InvalidVersion, InvalidSpecifier, InvalidMarker, InvalidRequirement, InvalidWheelFilename, UndefinedComparison, UndefinedEnvironmentName, TypeError)
def attempt(f, *arguments):
    try:
        return f(*arguments)
    except REFUSALS:
        return None
question = json.load(sys.stdin)
${program}
json.dump(answer, sys.stdout)
`;
  const { status, stdout, stderr } = spawnSync(python, ['-c', script], {
    input: JSON.stringify(question),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}
