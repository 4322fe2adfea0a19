import { crc32 } from 'node:zlib';
import { Fault } from '#shared/core/fault.ts';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

const broken = (what: string) => new Fault('BROKEN_FRAME', `not a complete PNG file: ${what}`);

/**
 * Checks what decoders let pass: every chunk's CRC, also of chunks without pixels, and that the file
 * ends with IEND and nothing behind it.
 */
export function checkPng(bytes: Buffer): void {
  if (!bytes.subarray(0, 8).equals(SIGNATURE)) throw broken('it does not start as one');
  let at = 8;
  for (;;) {
    if (at + 12 > bytes.length) throw broken(`truncated at byte ${bytes.length}`);
    const length = bytes.readUInt32BE(at);
    const name = bytes.toString('latin1', at + 4, at + 8).replace(/[^A-Za-z]/g, '?');
    const end = at + 12 + length;
    if (end > bytes.length) throw broken(`truncated at byte ${bytes.length}: chunk ${name} ends at ${end}`);
    if (crc32(bytes.subarray(at + 4, end - 4)) !== bytes.readUInt32BE(end - 4)) {
      throw broken(`the checksum of chunk ${name} at byte ${at} is wrong`);
    }
    at = end;
    if (name === 'IEND') break;
  }
  if (at !== bytes.length) throw broken(`${bytes.length - at} bytes behind its end`);
}
