import { runBuilder } from '../builder.ts';
import { parsePythonAttributes } from './attributes.ts';
import { PythonRunner } from './run-step.ts';

// The builder of every derivation of `ferrule.nix` for Python.
await runBuilder(async (attributes, root) => await new PythonRunner(parsePythonAttributes(attributes), root).run());
