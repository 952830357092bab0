import {crc32, deflateSync} from 'node:zlib';

/** A picture's pixels, row by row: red, green, blue and what is to be 255 everywhere, a byte each. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

const SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
const BITS_PER_CHANNEL = 8;
const RED_GREEN_BLUE = 2;
const METRE = 1;

/**
 * A picture without transparency as PNG ({@link https://www.w3.org/TR/png-3/}). Charts have large areas of one colour, which zlib
 * packs into fewer bytes, in less than half the time, where no filter is tried on them first, as the canvas's own encoder does.
 * @param dotsPerInch - what gives it a width in print; default: none is said
 */
export function encodePng(pixels: Pixels, dotsPerInch?: number): Buffer {
  const {width, height} = pixels;
  const header = chunk('IHDR', integers(width, height), Buffer.from([BITS_PER_CHANNEL, RED_GREEN_BLUE, 0, 0, 0]));
  const image = chunk('IDAT', deflateSync(rowsOf(pixels)));
  return Buffer.concat([SIGNATURE, header, density(dotsPerInch), image, chunk('IEND')]);
}

/** Each row begins with the number of its filter: none. */
function rowsOf({width, height, data}: Pixels): Buffer {
  const rows = Buffer.alloc(height * (1 + 3 * width));
  for (let y = 0, to = 0, from = 0; y < height; y++) {
    to++;
    for (let x = 0; x < width; x++, from += 4) {
      rows[to++] = data[from]!;
      rows[to++] = data[from + 1]!;
      rows[to++] = data[from + 2]!;
    }
  }
  return rows;
}

function density(dotsPerInch: number | undefined): Buffer {
  if (dotsPerInch === undefined) return Buffer.alloc(0);
  const perMetre = Math.round(dotsPerInch / 0.0254);
  return chunk('pHYs', integers(perMetre, perMetre), Buffer.from([METRE]));
}

function chunk(type: string, ...data: readonly Buffer[]): Buffer {
  const typeAndData = Buffer.concat([Buffer.from(type, 'latin1'), ...data]);
  return Buffer.concat([integers(typeAndData.length - 4), typeAndData, integers(crc32(typeAndData))]);
}

function integers(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [i, value] of values.entries()) bytes.writeUInt32BE(value, 4 * i);
  return bytes;
}
