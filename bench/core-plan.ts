import { parseFrames } from '#shared/core/frame-range-text.ts';
import type { SceneFacts } from '#shared/core/scene-facts.ts';
import { planRender } from '#shared/core/slicing.ts';

export interface PlanFigures {
  readonly frames: number;
  readonly slices: number;
  readonly planMs: number;
  /** Of the whole process, when the plan is made. */
  readonly rssMb: number;
}

const FRAMES = 1_000_000;
const FRAMES_A_SLICE = 25;

const FACTS: SceneFacts = {
  compression: 'none',
  savedBy: { major: 3, minor: 4 },
  scene: 'Scene',
  scenes: ['Scene'],
  frameStart: 1,
  frameEnd: 250,
  frameStep: 1,
  fps: { numerator: 24, denominator: 1 },
  width: 1920,
  height: 1080,
  percent: 100,
  engine: 'CYCLES',
  camera: 'Camera',
  cameras: ['Camera'],
  viewLayers: ['ViewLayer'],
  format: 'PNG',
  outputPath: '//',
  usesCompositor: false,
  usesSequencer: false,
  simulations: [],
  scripts: [],
  references: [],
  cycles: { samples: 128, adaptiveSampling: true, denoise: false },
};

/** What it takes to read a range of a million frames and to cut it into 40,000 slices. */
export function benchPlan(): PlanFigures {
  const before = performance.now();
  const frames = parseFrames(`1-${FRAMES}`, 'fileseq');
  const settings = { frames, slice: { frames: FRAMES_A_SLICE } };
  const { plan } = planRender({ facts: FACTS, settings, slots: 1000 });
  const planMs = Number((performance.now() - before).toFixed(1));
  const rssMb = Math.round(process.memoryUsage().rss / 1024 ** 2);
  return { frames: FRAMES, slices: plan.slices.length, planMs, rssMb };
}

if (import.meta.main) console.log(JSON.stringify(benchPlan()));
