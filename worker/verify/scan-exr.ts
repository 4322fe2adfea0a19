import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Fault } from '#shared/core/fault.ts';
import { readChunks } from '#worker/media/exr-chunks.ts';
import { isOwnCompression, unpackLines } from '#worker/media/exr-codec.ts';
import { type ExrHeader, type ExrPart, readExrHeader, SAMPLE_BYTES } from '#worker/media/exr-header.ts';
import { checkShape, type ExpectedImage, type FrameFacts, sha256Hex } from './frame-facts.ts';

/** Also says when the samples could not be looked at: all is there, but the compression is not decoded here. */
export type ExrScan = FrameFacts & { readonly undecoded?: ExrPart };

/** The role of a channel for the eye: the last word of its name, within the combined pass if there is one. */
function rolesOf(part: ExrPart): ('colour' | 'alpha' | 'data')[] {
  const combined = part.channels.some(({ name }) => /(^|\.)Combined\./.test(name));
  return part.channels.map(({ name }) => {
    const [, pass, leaf] = /^(?:(.*)\.)?([^.]*)$/.exec(name) ?? [];
    if (combined && !/(^|\.)Combined$/.test(pass ?? '')) return 'data';
    if (leaf === 'A') return 'alpha';
    return ['R', 'G', 'B', 'Y', 'V'].includes(leaf ?? '') ? 'colour' : 'data';
  });
}

interface Seen {
  colour: boolean;
  alpha: boolean;
  hasColour: boolean;
  hasAlpha: boolean;
}

const notFinite = (what: string, channel: string, x: number, y: number) =>
  new Fault('BROKEN_FRAME', `${what} in channel ${channel} at ${x},${y} (from the top left)`, {
    details: { channel, x, y },
  });

function scanHalves(values: Uint16Array, fail: (x: number, nan: boolean) => never): boolean {
  let seen = 0;
  for (let x = 0; x < values.length; x += 1) {
    const bits = values[x]! & 0x7fff;
    if (bits >= 0x7c00) fail(x, bits > 0x7c00);
    seen |= bits;
  }
  return seen !== 0;
}

function scanFloats(values: Uint32Array, fail: (x: number, nan: boolean) => never): boolean {
  let seen = 0;
  for (let x = 0; x < values.length; x += 1) {
    const bits = values[x]! & 0x7fffffff;
    if (bits >= 0x7f800000) fail(x, bits > 0x7f800000);
    seen |= bits;
  }
  return seen !== 0;
}

/** Looks at every sample of some lines; BROKEN_FRAME at the first that is no finite number. */
function scanLines(part: ExrPart, line: number, bytes: Uint8Array, seen: Seen): void {
  const { width, channels } = part;
  const roles = rolesOf(part);
  for (let at = 0, y = line; at < bytes.length; y += 1) {
    for (const [i, { name, type }] of channels.entries()) {
      const size = width * SAMPLE_BYTES[type];
      // A copy: samples need not lie at multiples of their size.
      const row = new Uint8Array(bytes.subarray(at, at + size)).buffer;
      const fail = (x: number, nan: boolean): never => {
        throw notFinite(nan ? 'NaN' : 'Inf', name, x, y);
      };
      at += size;
      if (type === 'uint') continue;
      const visible =
        type === 'half' ? scanHalves(new Uint16Array(row), fail) : scanFloats(new Uint32Array(row), fail);
      if (roles[i] === 'colour') seen.colour ||= visible;
      if (roles[i] === 'alpha') seen.alpha ||= visible;
    }
  }
}

function blankOf({ colour, alpha, hasColour, hasAlpha }: Seen): 'black' | 'transparent' | undefined {
  if (hasAlpha && !alpha) return 'transparent';
  return hasColour && !colour ? 'black' : undefined;
}

function shapeOf({ parts }: ExrHeader, expected: ExpectedImage) {
  const all = parts.flatMap((part) => part.channels.map(({ type }, i) => ({ type, role: rolesOf(part)[i] })));
  const colour = all.find(({ role }) => role === 'colour') ?? all[0]!;
  for (const { width, height } of parts) checkShape({ width, height }, expected);
  const shape = {
    width: parts[0]!.width,
    height: parts[0]!.height,
    channels: all.length,
    depth: SAMPLE_BYTES[colour.type] * 8,
  };
  checkShape(shape, expected);
  return {
    shape,
    hasColour: all.some(({ role }) => role === 'colour'),
    hasAlpha: all.some(({ role }) => role === 'alpha'),
  };
}

/**
 * Reads an OpenEXR file whole: structure, every chunk, every sample. The pixel hash covers each part's
 * channels, types and samples, line by line, so it does not depend on the compression; except for the
 * compressions that are not decoded here (B44, DWA), where it covers the packed chunks.
 */
export function scanExr({ path, expected }: { path: string; expected: ExpectedImage }): ExrScan {
  const bytes = readFileSync(path);
  if (bytes.byteLength === 0) throw new Fault('BROKEN_FRAME', 'the file has 0 bytes');
  const header = readExrHeader(bytes);
  const { shape, hasColour, hasAlpha } = shapeOf(header, expected);
  const seen: Seen = { colour: false, alpha: false, hasColour, hasAlpha };
  const pixels = createHash('sha256');
  let current = -1;
  for (const { part: index, line, lines, packed } of readChunks(bytes, header)) {
    const part = header.parts[index]!;
    if (index !== current) {
      current = index;
      const packing = isOwnCompression(part.compression) ? '' : ` ${part.compression}`;
      const names = part.channels.map(({ name, type }) => `${name}:${type}`).join(' ');
      pixels.update(`${part.width}x${part.height} ${names}${packing}\n`);
    }
    if (!isOwnCompression(part.compression)) {
      pixels.update(packed);
      continue;
    }
    const unpacked = unpackLines(packed, part, line, lines);
    scanLines(part, line, unpacked, seen);
    pixels.update(unpacked);
  }
  const file = { size: bytes.byteLength, sha256: sha256Hex(bytes), ...shape, pixels: pixels.digest('hex') };
  const undecoded = header.parts.find(({ compression }) => !isOwnCompression(compression));
  if (undecoded) return { ...file, undecoded };
  const blank = blankOf(seen);
  return { ...file, ...(blank && { blank }) };
}
