#!/usr/bin/env node
// Plain JavaScript that any Node reads, so that an old one gets a sentence and not a syntax error. CommonJS: see package.json here.
var version = process.versions.node.split('.').map(Number);
if (version[0] < 20 || (version[0] === 20 && version[1] < 19)) {
  console.error('error: ferrule needs Node 20.19 or newer; this is ' + process.version);
  process.exitCode = 3;
} else if (!require('node:fs').existsSync(__dirname + '/../dist/ferrule.cjs')) {
  console.error('error: ferrule is not built: run `npm run build` in its checkout');
  process.exitCode = 3;
} else {
  require('../dist/ferrule.cjs');
}
