import {crc32} from 'node:zlib';

const SIGNATURE_AND_HEADER = 33;
const DOTS_PER_METRE = Math.round(600 / 0.0254);

/**
 * A PNG that says that it has 600 dots to an inch, which is what gives it a width in print (chunk `pHYs`,
 * {@link https://www.w3.org/TR/png-3/#11pHYs}).
 */
export function withPrintDensity(png: Buffer): Buffer {
  const typeAndData = Buffer.alloc(13);
  typeAndData.write('pHYs', 'latin1');
  typeAndData.writeUInt32BE(DOTS_PER_METRE, 4);
  typeAndData.writeUInt32BE(DOTS_PER_METRE, 8);
  typeAndData.writeUInt8(1, 12);
  const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(typeAndData.length - 4);
  checksum.writeUInt32BE(crc32(typeAndData));
  const head = png.subarray(0, SIGNATURE_AND_HEADER);
  return Buffer.concat([head, length, typeAndData, checksum, png.subarray(SIGNATURE_AND_HEADER)]);
}
