import { showDetails } from './details.ts';
import { element } from './elements.ts';
import { showNeighbourhood } from './neighbourhood.ts';
import { readRun } from './run.ts';
import { Selection } from './selection.ts';
import { showSummary } from './summary.ts';
import { showTimeline } from './timeline.ts';
import { showUnits } from './unit-table.ts';

const run = readRun(element('run').textContent);
const selection = new Selection(run.units.length);
showSummary(run);
showTimeline(run, selection);
showUnits(run, selection);
showDetails(run, selection);
showNeighbourhood(run, selection);
