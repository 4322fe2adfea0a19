import { Fault } from '#shared/core/fault.ts';
import { type ExrHeader, type ExrPart, LINES_PER_CHUNK } from './exr-header.ts';

/** Some consecutive scan lines of one part, still packed. */
export interface ExrChunk {
  readonly part: number;
  /** First line, counted from the top of the part. */
  readonly line: number;
  readonly lines: number;
  readonly packed: Uint8Array;
}

const broken = (what: string) => new Fault('BROKEN_FRAME', `OpenEXR file is not complete: ${what}`);

export const chunkCount = ({ height, compression }: ExrPart): number =>
  Math.ceil(height / LINES_PER_CHUNK[compression]);

/**
 * Every chunk of the file in order of part and line, each checked to be there whole. A renderer that
 * was killed or ran out of disk leaves offsets of 0 or chunks beyond the end: BROKEN_FRAME.
 */
export function* readChunks(bytes: Uint8Array, header: ExrHeader): Generator<ExrChunk> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const prefix = header.multiPart ? 12 : 8;
  let table = header.end;
  for (const [index, part] of header.parts.entries()) {
    const chunks = chunkCount(part);
    if (table + chunks * 8 > bytes.byteLength) throw broken('truncated in its table of chunks');
    for (let i = 0; i < chunks; i += 1) {
      const name = `chunk ${i + 1} of ${chunks}`;
      const offset = Number(view.getBigUint64(table + i * 8, true));
      if (offset === 0) throw broken(`${name} was never written`);
      if (offset < header.end || offset + prefix > bytes.byteLength) {
        throw broken(`truncated at byte ${bytes.byteLength}: ${name} begins at ${offset}`);
      }
      const at = offset + prefix;
      const line = view.getInt32(at - 8, true) - part.top;
      const size = view.getInt32(at - 4, true);
      const first = i * LINES_PER_CHUNK[part.compression];
      if (line !== first || (header.multiPart && view.getInt32(offset, true) !== index)) {
        throw broken(`${name} is not where its table says`);
      }
      if (size < 0 || at + size > bytes.byteLength) {
        throw broken(`truncated at byte ${bytes.byteLength}: ${name} ends at ${at + size}`);
      }
      const lines = Math.min(LINES_PER_CHUNK[part.compression], part.height - first);
      yield { part: index, line: first, lines, packed: bytes.subarray(at, at + size) };
    }
    table += chunks * 8;
  }
}
