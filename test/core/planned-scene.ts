import { expect } from 'vitest';
import type { Fault } from '#shared/core/fault.ts';
import { countFrames, framesOf } from '#shared/core/frame-range.ts';
import { parseFrames } from '#shared/core/frame-range-text.ts';
import type { Plan } from '#shared/core/plan.ts';
import type { SceneFacts } from '#shared/core/scene-facts.ts';
import type { RenderSettings } from '#shared/core/settings.ts';
import { planRender } from '#shared/core/slicing.ts';

/** A scene that nothing speaks against slicing. */
export const FACTS: SceneFacts = {
  compression: 'none',
  savedBy: { major: 3, minor: 4 },
  scene: 'Scene',
  scenes: ['Scene'],
  frameStart: 1,
  frameEnd: 120,
  frameStep: 1,
  fps: { numerator: 24, denominator: 1 },
  width: 640,
  height: 360,
  percent: 100,
  engine: 'CYCLES',
  camera: 'Camera',
  cameras: ['Camera'],
  viewLayers: ['ViewLayer'],
  format: 'OPEN_EXR',
  outputPath: '//',
  usesCompositor: false,
  usesSequencer: false,
  simulations: [],
  scripts: [],
  references: [],
  cycles: { samples: 64, adaptiveSampling: false, denoise: false },
};

export const frames = (text: string) => parseFrames(text, 'fileseq');
export const plan = (settings: RenderSettings = {}, facts: Partial<SceneFacts> = {}, slots = 2) =>
  planRender({ facts: { ...FACTS, ...facts }, settings, slots });
export const fault = (settings: RenderSettings, facts: Partial<SceneFacts> = {}): Fault => {
  try {
    plan(settings, facts);
  } catch (error) {
    return error as Fault;
  }
  throw new Error('it was planned');
};
/** The frames of each slice of the first part, as text. */
export const slicesOf = ({ frames: range, slices }: Plan): string[] => {
  const all = [...framesOf(range)];
  return slices
    .filter(({ part }) => part === 0)
    .map(({ position, count }) => all.slice(position, position + count).join(' '));
};
export const counts = ({ slices }: Plan): number[] => slices.map(({ count }) => count);

/** Every unit of the plan is in exactly one slice. */
export function expectPartition({ frames: range, parts, slices }: Plan): void {
  const frameCount = countFrames(range);
  const units = slices.flatMap(({ position, count, part }) =>
    Array.from({ length: count }, (_, index) => part * frameCount + position + index),
  );
  expect(units.toSorted((a, b) => a - b)).toEqual(
    Array.from({ length: frameCount * parts.length }, (_, unit) => unit),
  );
}
