import { promisify } from 'node:util';
import { inflate } from 'node:zlib';
import { Fault } from '#shared/core/fault.ts';

const TAG = { compression: 259, stripOffsets: 273, stripCounts: 279 } as const;
const DEFLATE = [8, 32946];
const MAX_ENTRIES = 4096;

const broken = (what: string) => new Fault('BROKEN_FRAME', `not a complete TIFF file: ${what}`);

function readTag(view: DataView, little: boolean, entry: number): number[] {
  const [type, count] = [view.getUint16(entry + 2, little), view.getUint32(entry + 4, little)];
  const size = type === 3 ? 2 : 4;
  const at = count * size <= 4 ? entry + 8 : view.getUint32(entry + 8, little);
  if (at + count * size > view.byteLength) throw broken(`truncated at byte ${view.byteLength}`);
  return Array.from({ length: count }, (_, i) =>
    size === 2 ? view.getUint16(at + i * 2, little) : view.getUint32(at + i * 4, little),
  );
}

/**
 * Checks what decoders let pass: that every strip lies within the file, and the checksum at the end of
 * each deflated strip, which may hold `mostBytes` at most. Other compressions of TIFF have no checksum.
 */
export async function checkTiff(bytes: Buffer, mostBytes: number): Promise<void> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 8) throw broken(`it has only ${bytes.length} bytes`);
  const little = bytes.toString('latin1', 0, 2) === 'II';
  if (!(little || bytes.toString('latin1', 0, 2) === 'MM') || view.getUint16(2, little) !== 42) {
    throw broken('it does not start as one');
  }
  const directory = view.getUint32(4, little);
  if (directory + 2 > bytes.length) throw broken(`truncated at byte ${bytes.length}`);
  const entries = view.getUint16(directory, little);
  if (entries > MAX_ENTRIES || directory + 2 + entries * 12 + 4 > bytes.length) {
    throw broken(`truncated at byte ${bytes.length}`);
  }
  const find = (tag: number): number[] => {
    for (let i = 0; i < entries; i += 1) {
      const entry = directory + 2 + i * 12;
      if (view.getUint16(entry, little) === tag) return readTag(view, little, entry);
    }
    return [];
  };
  const deflated = DEFLATE.includes(find(TAG.compression)[0] ?? 1);
  const counts = find(TAG.stripCounts);
  for (const [i, offset] of find(TAG.stripOffsets).entries()) {
    const end = offset + (counts[i] ?? 0);
    if (end > bytes.length) throw broken(`truncated at byte ${bytes.length}: strip ${i} ends at ${end}`);
    if (deflated) await checkStrip(bytes.subarray(offset, end), i, mostBytes);
  }
}

async function checkStrip(strip: Buffer, index: number, maxOutputLength: number): Promise<void> {
  try {
    await promisify(inflate)(strip, { maxOutputLength });
  } catch (error) {
    throw broken(`strip ${index}: ${(error as Error).message}`);
  }
}
