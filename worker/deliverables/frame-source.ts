import { join } from 'node:path';
import type { Manifest } from '#events/manifest.ts';
import { Fault } from '#shared/core/fault.ts';
import { decodeSegmentFrame } from '#worker/media/decode-segment-frame.ts';
import { mergeSamples } from '#worker/media/merge-samples.ts';
import { decodePicture, type Picture } from '#worker/media/picture.ts';
import { stitchPictures, stitchTiles } from '#worker/media/stitch-tiles.ts';
import { checkedFile } from './checked-file.ts';
import type { DeliveryContext, DeliveryPlace } from './deliverable.ts';

type StoredFrame = Manifest['frames'][number];
type Part = Manifest['parts'][number];
type Tile = Extract<Part, { kind: 'tile' }>;

/** The final frames of a render, whatever parts they were rendered in. */
export interface FrameSource {
  /** The frames that are there with all their parts, in increasing order. */
  readonly numbers: readonly number[];
  /** A frame as one file: as rendered, or put together from its parts. Checked against the manifest. */
  path(frame: number): Promise<string>;
  /** What a person should see of a frame: through the scene's own view transform wherever that is known. */
  picture(frame: number): Promise<Picture>;
  /** Of a frame rendered as one file: the attempt that rendered it. */
  attempt(frame: number): string | undefined;
}

/** Of a key `renders/<render>/attempts/<slice>/<attempt>/<name>`: all but the name. */
export const attemptOf = (key: string): string => key.slice(0, key.lastIndexOf('/'));

/** Linear light: showing it takes the view transform of its scene. */
const LINEAR = ['.exr', '.hdr'];

const isTile = (part: Part): part is Tile => part.kind === 'tile';

const standardView = {
  code: 'STANDARD_VIEW',
  message:
    'Frames are shown through Blender\'s view "Standard": no worker delivered a preview through the scene\'s own view transform.',
};

export function createFrameSource(place: DeliveryPlace, warn: DeliveryContext['warn']): FrameSource {
  const { manifest, file, scratch } = place;
  const parts: readonly Part[] = manifest.parts.length > 0 ? manifest.parts : [{ kind: 'whole' }];
  const stored = Map.groupBy(manifest.frames, ({ frame }) => frame);
  const numbers = [...stored.keys()]
    .filter((frame) => stored.get(frame)!.length === parts.length)
    .sort((a, b) => a - b);
  const made = new Map<number, Promise<string>>();

  const placed = (frame: number): readonly { readonly part: Part; readonly object: StoredFrame }[] => {
    const objects = stored.get(frame) ?? [];
    return parts.map((part, index) => {
      const object = objects.find((candidate) => candidate.part === index);
      if (!object) throw new Fault('NOT_FOUND', `Frame ${frame} of ${manifest.renderId} is not complete.`);
      return { part, object };
    });
  };

  const assemble = async (frame: number): Promise<string> => {
    const files = await Promise.all(
      placed(frame).map(async ({ part, object }) => ({ part, path: await checkedFile(object, file) })),
    );
    if (parts.length === 1) return files[0]!.path;
    const output = join(scratch, `frame_${frame}${manifest.extension}`);
    const tiles = files.flatMap(({ part, path }) => (isTile(part) ? [{ part, path }] : []));
    const subsets = files.flatMap(({ part, path }) =>
      part.kind === 'samples' ? [{ path, count: part.count }] : [],
    );
    if (tiles.length === files.length) await stitchTiles(tiles, { ...sizeOf(manifest), output });
    else if (subsets.length === files.length) await mergeSamples(subsets, output);
    else throw new Fault('INVALID_INPUT', `The parts of ${manifest.renderId} are of several kinds.`);
    return output;
  };

  const path = (frame: number): Promise<string> => {
    const known = made.get(frame) ?? assemble(frame);
    made.set(frame, known);
    return known;
  };

  const preview = async (frame: number): Promise<Picture | undefined> => {
    const pictures = await Promise.all(
      placed(frame).map(async ({ part, object }) => ({
        part,
        picture: object.preview && (await decodePicture(await checkedFile(object.preview, file))),
      })),
    );
    const [only, second] = pictures;
    if (only?.picture && !second) return only.picture;
    const tiles = pictures.flatMap(({ part, picture }) =>
      isTile(part) && picture ? [{ part, picture }] : [],
    );
    // The mean of sample subsets is not the mean of their previews: a view transform is not linear.
    return tiles.length === parts.length ? stitchPictures(tiles, manifest) : undefined;
  };

  const attempt = (frame: number): string | undefined => {
    const object = stored.get(frame)?.[0];
    return parts.length === 1 && object ? attemptOf(object.key) : undefined;
  };

  const fromSegment = async (frame: number): Promise<Picture | undefined> => {
    const segment = manifest.segments.find(
      ({ key, frames }) => frames.includes(frame) && attemptOf(key) === attempt(frame),
    );
    if (!segment) return undefined;
    const index = segment.frames.indexOf(frame);
    return await decodeSegmentFrame(await checkedFile(segment, file), { index, ...sizeOf(manifest) });
  };

  const picture = async (frame: number): Promise<Picture> => {
    if (!LINEAR.includes(manifest.extension)) return await decodePicture(await path(frame));
    const seen = (await preview(frame)) ?? (await fromSegment(frame));
    if (seen) return seen;
    warn(standardView);
    return await decodePicture(await path(frame));
  };

  return { numbers, path, picture, attempt };
}

const sizeOf = ({ width, height }: Manifest) => ({ width, height });
