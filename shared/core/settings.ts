import type { FrameRange } from './frame-range.ts';

export const FORMATS = [
  'png',
  'exr',
  'exr-multilayer',
  'jpeg',
  'tiff',
  'webp',
  'bmp',
  'tga',
  'hdr',
  'dpx',
] as const;
export type Format = (typeof FORMATS)[number];

export const DEVICES = ['cpu', 'cuda', 'optix', 'hip', 'metal', 'oneapi'] as const;
export type Device = (typeof DEVICES)[number];

export const DELIVERABLES = ['sequence', 'movie', 'poster', 'contact-sheet'] as const;

export type Resolution = { readonly percent: number } | { readonly width: number; readonly height: number };

/** How frames are grouped into slices: so many frames each, or as many as last about `targetMs`. */
export type SliceSize = { readonly frames: number } | { readonly targetMs: number };

/**
 * The settings of one render, resolved: what was asked for explicitly, with every layer merged. What
 * nobody asked for is absent, and the scene's own value counts.
 */
export interface RenderSettings {
  readonly frames?: FrameRange;
  readonly slice?: SliceSize;
  readonly order?: 'sequential' | 'scout-first';
  readonly tiles?: { readonly columns: number; readonly rows: number; readonly overlap: number };
  /** Cut each frame's samples into this many subsets. */
  readonly sampleSubsets?: number;
  readonly resolution?: Resolution;
  readonly samples?: number;
  readonly format?: Format;
  readonly camera?: string;
  readonly viewLayer?: string;
  readonly device?: Device;
  readonly gpuMemoryMiB?: number;
  readonly priority?: number;
  /** Epoch ms. */
  readonly deadline?: number;
  readonly budget?: { readonly amount: number; readonly currency: string };
  readonly deliverables?: readonly string[];
  /** Render although textures, libraries or fonts are missing; frames then carry warnings. */
  readonly allowMissing?: boolean;
  /** Slice although something in the scene makes that change the picture. Names of the refusals to override. */
  readonly force?: readonly string[];
}
