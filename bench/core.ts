import { benchPlan } from './core-plan.ts';
import { benchFanIn } from './fan-in.ts';

/** What the core costs: planning a million frames, and fanning them in. `--json` for machines. */
const plan = benchPlan();
const { memory, sqlite } = await benchFanIn();

if (process.argv.includes('--json')) {
  console.log(JSON.stringify({ plan, fanIn: { memory, sqlite } }));
} else {
  console.log('plan: 1,000,000 frames into 40,000 slices');
  console.table(plan);
  for (const [store, { figures, growth }] of Object.entries({ memory, sqlite })) {
    console.log(`fan-in, ${store}: a frame of a million costs ${growth} x a frame of a thousand`);
    console.table(figures);
  }
}
