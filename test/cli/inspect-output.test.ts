import { expect, test } from 'vitest';
import { type Inspection, inspectionJson, inspectionLines } from '#cli/inspect-output.ts';
import { missingReferences } from '#shared/core/blend/missing.ts';
import type { SceneFacts } from '#shared/core/scene-facts.ts';

const FACTS: SceneFacts = {
  compression: 'none',
  savedBy: { major: 3, minor: 4 },
  scene: 'Shot',
  scenes: ['Shot'],
  frameStart: 1,
  frameEnd: 48,
  frameStep: 1,
  fps: { numerator: 24, denominator: 1 },
  width: 1920,
  height: 1080,
  percent: 100,
  engine: 'BLENDER_EEVEE',
  camera: 'Wide',
  cameras: ['Wide'],
  viewLayers: ['Beauty'],
  format: 'PNG',
  outputPath: '//out/',
  usesCompositor: false,
  usesSequencer: false,
  simulations: [],
  scripts: [],
  references: [],
  cycles: { samples: undefined, adaptiveSampling: undefined, denoise: undefined },
};

const NOTHING = { has: () => false, names: () => [], below: () => [] };
const inspected = (more: Partial<SceneFacts> = {}): Inspection => {
  const facts = { ...FACTS, ...more };
  return { path: 'shot.blend', facts, missing: missingReferences(facts, 'shot.blend', NOTHING) };
};
const wood = { kind: 'image', path: '//wood.png', user: 'Wood', packed: false } as const;

test('a complete scene, for people', () => {
  expect(inspectionLines(inspected())).toEqual([
    'scene        shot.blend',
    'saved by     Blender 3.4',
    'renders      Shot',
    'frames       1-48 (48 frames)',
    'rate         24 fps',
    'picture      1920 × 1080',
    'engine       BLENDER_EEVEE',
    'camera       Wide',
    'view layers  Beauty',
    'output       PNG to //out/',
    '',
    'Complete: it needs no other file.',
  ]);
});

test.each<[string, Partial<SceneFacts>, string]>([
  ['compression', { compression: 'zstd' }, 'saved by     Blender 3.4, zstd'],
  ['other scenes', { scenes: ['Shot', 'Test'] }, 'renders      Shot (also: Test)'],
  ['a step', { frameStep: 5 }, 'frames       1-48x5 (10 frames)'],
  ['one frame', { frameEnd: 1 }, 'frames       1-1 (1 frame)'],
  ['no frame', { frameEnd: 0 }, 'frames       1-0 (0 frames)'],
  ['a fraction', { fps: { numerator: 24000, denominator: 1001 } }, 'rate         23.976 fps (24000/1001)'],
  ['a percentage', { percent: 37 }, 'picture      710 × 399 (37% of 1920 × 1080)'],
  [
    'a border',
    { border: { left: 0, right: 1, bottom: 0, top: 0.5, crop: true } },
    'picture      1920 × 1080, cropped to a part of it',
  ],
  ['a compositor', { usesCompositor: true, usesSequencer: true }, 'then         compositor, sequencer'],
  [
    'Cycles',
    { engine: 'CYCLES', cycles: { samples: 64, adaptiveSampling: false, denoise: true, osl: true } },
    'engine       CYCLES, 64 samples, adaptive sampling off, denoising on, Open Shading Language',
  ],
  ['Cycles as it comes', { engine: 'CYCLES' }, 'engine       CYCLES, default samples'],
  ['simulations', { simulations: ['cloth of Sheet'] }, 'not baked    cloth of Sheet'],
  ['scripts', { scripts: ['a', 'b'] }, '             b'],
  ['files', { references: [{ ...wood, packed: true }] }, 'files        image  //wood.png  (Wood, packed)'],
  ['missing files', { references: [wood] }, 'MISSING      image of "Wood" is missing: expected at wood.png'],
  ['names that steer a terminal', { scene: 'a\u001b[2Jb' }, 'renders      a�[2Jb (also: Shot)'],
])('%s', (_name, more, line) => {
  expect(inspectionLines(inspected(more))).toContain(line);
});

test.each<[Partial<SceneFacts>, string]>([
  [{ references: [wood] }, '1 reference missing: it would not render right.'],
  [
    { camera: undefined },
    'It has no camera: set one in Blender (View > Cameras > Set Active Object as Camera).',
  ],
  [{ references: [{ ...wood, packed: true }] }, 'Complete: it needs no other file.'],
])('ends with what to make of it', (more, verdict) => {
  expect(inspectionLines(inspected(more)).at(-1)).toBe(verdict);
});

test('all there is said so', () => {
  const { facts, path } = inspected({ references: [wood] });
  expect(inspectionLines({ facts, path, missing: [] }).at(-1)).toBe('Complete: 1 reference, all there.');
});

test('for programs: the facts, and what is missing', () => {
  expect(inspectionJson(inspected({ references: [wood] }))).toEqual({
    path: 'shot.blend',
    ...FACTS,
    references: [wood],
    missing: [
      {
        kind: 'image',
        path: '//wood.png',
        user: 'Wood',
        expected: ['wood.png'],
        message: 'image of "Wood" is missing: expected at wood.png',
      },
    ],
  });
});
