/** What is known of a verified frame, whoever rendered it. */
export interface CheckedFrame {
  readonly frame: number;
  readonly part: number;
  /** Hash of the decoded pixels. */
  readonly pixels: string;
  /** When nothing is to be seen: every pixel black, or every pixel transparent. */
  readonly blank?: 'black' | 'transparent' | undefined;
  readonly seconds: number;
}

export interface FrameRemark {
  readonly frame: number;
  readonly part: number;
  readonly code: 'IDENTICAL_FRAMES' | 'BLACK_FRAME' | 'TRANSPARENT_FRAME' | 'TOO_FAST';
  readonly message: string;
}

/** Below this share of the usual time a frame was hardly rendered. */
const TOO_FAST = 0.05;
/** Scenes that take less than this for a frame are all noise. */
const USUAL_SECONDS = 1;
const ENOUGH_FRAMES = 5;

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

function* identical(frames: readonly CheckedFrame[]): Generator<FrameRemark> {
  const first = new Map<string, number>();
  for (const { frame, part, pixels } of frames) {
    const twin = first.get(pixels);
    if (twin === undefined) first.set(pixels, frame);
    else {
      const message = `Frame ${frame} has exactly the pixels of frame ${twin}, although the scene is animated.`;
      yield { frame, part, code: 'IDENTICAL_FRAMES', message };
    }
  }
}

function* blank(frames: readonly CheckedFrame[]): Generator<FrameRemark> {
  for (const [i, { frame, part, blank: look }] of frames.entries()) {
    const neighbours = [frames[i - 1], frames[i + 1]].filter((neighbour) => neighbour !== undefined);
    if (!look || neighbours.length === 0 || neighbours.some((neighbour) => neighbour.blank)) continue;
    const code = look === 'black' ? 'BLACK_FRAME' : 'TRANSPARENT_FRAME';
    const beside = neighbours.map((neighbour) => neighbour.frame).join(' and ');
    const message = `Frame ${frame} is ${look} all over, unlike ${beside} beside it.`;
    yield { frame, part, code, message };
  }
}

function* tooFast(frames: readonly CheckedFrame[]): Generator<FrameRemark> {
  if (frames.length < ENOUGH_FRAMES) return;
  const usual = median(frames.map(({ seconds }) => seconds));
  if (usual < USUAL_SECONDS) return;
  for (const { frame, part, seconds } of frames) {
    if (seconds >= usual * TOO_FAST) continue;
    const message = `Frame ${frame} took ${seconds.toFixed(2)} s where others take ${usual.toFixed(1)} s.`;
    yield { frame, part, code: 'TOO_FAST', message };
  }
}

/**
 * What looks wrong only beside other frames: the same picture twice in an animated scene, one blank frame
 * among pictures, one frame far too fast. `frames` are in increasing order, of one slice or of a whole
 * render: run it again over the whole, where the neighbours of a slice's edges are known. Parts of a
 * frame are compared with the same part of others only.
 */
export function checkFrames(
  frames: readonly CheckedFrame[],
  { animated }: { readonly animated: boolean },
): readonly FrameRemark[] {
  const parts = Map.groupBy(frames, ({ part }) => part);
  return [...parts.values()].flatMap((same) => [
    ...(animated ? [...identical(same), ...blank(same)] : []),
    ...tooFast(same),
  ]);
}
