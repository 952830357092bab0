/**
 * TensorBoard's messages, as far as they are written here.
 * @see {@link https://github.com/tensorflow/tensorboard/tree/master/tensorboard/compat/proto | event.proto, summary.proto}
 * @see {@link https://github.com/tensorflow/tensorboard/tree/master/tensorboard/plugins/hparams | plugin_data.proto, api.proto}
 */
import {bytesField, doubleField, floatField, intField} from '../../support/index.js';

/** When something was, and what of it is written. */
export interface EventOptions {
  /** Seconds since 1970. */
  readonly wallTime: number;
  readonly step: number;
  /** One of the fields that the functions below give. */
  readonly content: Uint8Array;
}

/** `Event` */
export function eventMessage({wallTime, step, content}: EventOptions): Buffer {
  // A field that has its default is left out.
  return Buffer.concat([doubleField(1, wallTime), ...(step === 0 ? [] : [intField(2, step)]), content]);
}

/** The first event of a file: its form. */
export const fileVersion: Uint8Array = bytesField(3, 'brain.Event:2');

/** What came before at the event's step or later is void. */
export const sessionStart: Uint8Array = bytesField(7, intField(1, 1));

/** `Summary` of values. */
export function summary(values: readonly Uint8Array[]): Buffer {
  return bytesField(5, Buffer.concat(values.map((value) => bytesField(1, value))));
}

/** A number of float32's precision, which is all that TensorBoard shows. */
export function scalarValue(tag: string, value: number): Buffer {
  return Buffer.concat([bytesField(1, tag), floatField(2, value)]);
}

const RGBA = 4;

/** A picture. @param png - the file's bytes, as they are */
export function imageValue(tag: string, png: Buffer): Buffer {
  // A PNG begins with its header: 8 bytes of signature, 8 of the chunk, then width and height.
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
  const image = [intField(1, height), intField(2, width), intField(3, RGBA), bytesField(4, png)];
  return Buffer.concat([bytesField(1, tag), bytesField(4, Buffer.concat(image))]);
}

export type Hyperparameter = string | number | boolean;

/** What the HParams page shows of a run. @param startSeconds - since 1970 */
export function hparamsStart(hparams: {readonly [name: string]: Hyperparameter}, startSeconds: number): Buffer {
  const entries = Object.entries(hparams).map(([name, value]) =>
    bytesField(1, Buffer.concat([bytesField(1, name), bytesField(2, protobufValue(value))])),
  );
  const info = Buffer.concat([...entries, doubleField(5, startSeconds)]);
  return hparamsValue('_hparams_/session_start_info', bytesField(3, info));
}

/** `google.protobuf.Value` */
function protobufValue(value: Hyperparameter): Buffer {
  if (typeof value === 'number') return doubleField(2, value);
  return typeof value === 'string' ? bytesField(3, value) : intField(4, Number(value));
}

const STATUS = {success: 1, failure: 2} as const;

/** How a run ended, for the HParams page. @param endSeconds - since 1970 */
export function hparamsEnd(status: keyof typeof STATUS, endSeconds: number): Buffer {
  const info = Buffer.concat([intField(1, STATUS[status]), doubleField(2, endSeconds)]);
  return hparamsValue('_hparams_/session_end_info', bytesField(4, info));
}

/** The plugin's data stands in the value's metadata; TensorBoard wants a tensor beside it: a list of no float32. */
function hparamsValue(tag: string, data: Uint8Array): Buffer {
  const plugin = Buffer.concat([bytesField(1, 'hparams'), bytesField(2, data)]);
  const tensor = Buffer.concat([intField(1, 1), bytesField(2, bytesField(2, ''))]);
  return Buffer.concat([bytesField(1, tag), bytesField(8, tensor), bytesField(9, bytesField(1, plugin))]);
}
