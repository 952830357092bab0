import {createCanvas, loadImage} from 'canvas';
import {expect, test} from 'vitest';
import {encodePng} from '../../src/plots/png.js';

const WIDTH = 5;
const HEIGHT = 3;

function pixels() {
  const data = Uint8Array.from({length: 4 * WIDTH * HEIGHT}, (_, i) => (i % 4 === 3 ? 255 : (i * 37) % 256));
  return {width: WIDTH, height: HEIGHT, data};
}

test('a picture is read back as it was', async () => {
  const image = await loadImage(encodePng(pixels()));
  expect([image.width, image.height]).toEqual([WIDTH, HEIGHT]);
  const canvas = createCanvas(WIDTH, HEIGHT);
  const context = canvas.getContext('2d');
  context.drawImage(image, 0, 0);
  expect([...context.getImageData(0, 0, WIDTH, HEIGHT).data]).toEqual([...pixels().data]);
});

test('its width in print is said where it has one, before the pixels', () => {
  const plain = encodePng(pixels());
  const printed = encodePng(pixels(), 300);
  expect(plain.includes('pHYs')).toBe(false);
  const at = printed.indexOf('pHYs');
  expect([at, printed.indexOf('IDAT')]).toEqual([37, 58]);
  expect([printed.readUInt32BE(at + 4), printed.readUInt32BE(at + 8), printed[at + 12]]).toEqual([11811, 11811, 1]);
});
