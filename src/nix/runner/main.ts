import { parseAttributes } from './attributes.ts';
import { runBuilder } from './builder.ts';
import { NixRunner } from './run-steps.ts';

// The builder of every derivation of `ferrule.nix` that compiles.
await runBuilder(async (attributes, root) => await new NixRunner(parseAttributes(attributes), root).run());
