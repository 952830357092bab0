import type {Key, Rows} from '../contract/index.js';
import {foldIn, randomBits} from '../engine/index.js';
import {requirePositiveInteger} from '../support/index.js';
import {emptyRows} from './rows.js';

/**
 * The numbers from 0 to `size - 1` in an order that a key chooses, without a list of them: a block cipher on that range.
 *
 * A number is written as `left + leftSize * right`, with both sizes about the root of `size`. Each round of a Feistel network adds to
 * one half a random function of the other, modulo the half's size, which is a bijection, whatever the function. What then lies past
 * the range (less than one in `sqrt(size)`) goes through the network again until it lies within.
 * @see {@link https://doi.org/10.1007/3-540-45760-7_9 | Black and Rogaway 2002}, "cycle walking" and "generalized Feistel"
 */

/** Bits of a half that are looked up in one table. Those past them have a table of their own, whose value is added. */
const TABLE_BITS = 14;
const TABLE_SIZE = 2 ** TABLE_BITS;

/**
 * Neighbours that differ in one half stay as they are to each other if their other halves meet in every second round. With three
 * double rounds that adds a share of 1 / `sqrt(size)`, about, to what chance does; with twelve it is no matter how small that is.
 */
const DOUBLE_ROUNDS = 3;
const DOUBLE_ROUNDS_OF_SMALL = 12;
const SMALL = 4096;

/** The largest range: the numbers past it, and what is computed of them, are exact. */
const MOST = 2 ** 52;

/** A permutation of the numbers from 0 to `size - 1`. */
export interface Permutation {
  readonly size: number;
  /**
   * What stands at the places from `from` to `to - 1`, in new memory.
   * @throws RangeError unless `0 <= from <= to <= size`
   */
  slice(from: number, to: number): Rows;
}

/** What a network adds to its halves: random functions of the other half, one a round. */
interface Network {
  readonly size: number;
  readonly leftSize: number;
  readonly rightSize: number;
  /** Functions of the half's lower bits, each `[min(TABLE_SIZE, half's size)]`: by turns of the right and of the left one. */
  readonly low: Int32Array;
  /** Functions of its upper bits, laid out likewise; empty where there are none. */
  readonly high: Int32Array;
}

/**
 * The permutation that a key chooses. Its memory is bounded however large the range: 6 KB for 50,000 numbers, 1 MB at most.
 * @param size - an integer from 1 to 2^52
 * @throws RangeError if it is not
 */
export function permutation(size: number, key: Key): Permutation {
  requirePositiveInteger('size', size);
  if (size > MOST) throw new RangeError(`size must be at most 2^52, got ${size}`);
  const network = createNetwork(size, key);
  return {
    size,
    slice(from, to) {
      if (!(Number.isSafeInteger(from) && Number.isSafeInteger(to) && 0 <= from && from <= to && to <= size))
        throw new RangeError(`places must be within 0 and ${size}, got ${from} to ${to}`);
      const rows = emptyRows(size, to - from);
      for (let i = 0; i < rows.length; i++) rows[i] = from + i;
      encipher(network, rows);
      return rows;
    },
  };
}

function createNetwork(size: number, key: Key): Network {
  const leftSize = Math.ceil(Math.sqrt(size));
  const rightSize = Math.ceil(size / leftSize);
  const doubleRounds = size < SMALL ? DOUBLE_ROUNDS_OF_SMALL : DOUBLE_ROUNDS;
  const isSplit = leftSize > TABLE_SIZE;
  const functions = (lengthOf: (half: number) => number, part: number): Int32Array => {
    const [ofRight, ofLeft] = [lengthOf(rightSize), lengthOf(leftSize)];
    const bits = randomBits(foldIn(key, part), doubleRounds * (ofRight + ofLeft));
    return Int32Array.from(bits, (word, i) => {
      const modulus = i % (ofRight + ofLeft) < ofRight ? leftSize : rightSize;
      return Math.floor((word * modulus) / 2 ** 32);
    });
  };
  return {
    size,
    leftSize,
    rightSize,
    low: functions((half) => Math.min(half, TABLE_SIZE), 0),
    high: isSplit ? functions((half) => Math.ceil(half / TABLE_SIZE), 1) : new Int32Array(),
  };
}

/** Replaces numbers by what the permutation has at their places. */
function encipher(network: Network, numbers: Rows): void {
  const {size} = network;
  encipherOnce(network, numbers);
  for (let i = 0; i < numbers.length; i++) {
    if (numbers[i]! < size) continue;
    const again = numbers.slice(i, i + 1) as Rows;
    encipher(network, again);
    numbers[i] = again[0]!;
  }
}

/** Sends numbers through the network once. In this loop an order costs its time: what is looked up in it is laid out flat. */
function encipherOnce({leftSize, rightSize, low, high}: Network, numbers: Rows): void {
  const [mask, isSplit] = [TABLE_SIZE - 1, high.length > 0];
  const [lowOfRight, lowOfLeft] = [Math.min(rightSize, TABLE_SIZE), Math.min(leftSize, TABLE_SIZE)];
  const [highOfRight, highOfLeft] = [Math.ceil(rightSize / TABLE_SIZE), Math.ceil(leftSize / TABLE_SIZE)];
  for (let i = 0; i < numbers.length; i++) {
    const number = numbers[i]!;
    let right = (number / leftSize) | 0;
    let left = (number - right * leftSize) | 0;
    for (let at = 0, atHigh = 0; at < low.length; ) {
      left = wrapped(left + low[at + (right & mask)]! - leftSize, leftSize);
      if (isSplit) {
        left = wrapped(left + high[atHigh + (right >>> TABLE_BITS)]! - leftSize, leftSize);
        atHigh += highOfRight;
      }
      at += lowOfRight;
      right = wrapped(right + low[at + (left & mask)]! - rightSize, rightSize);
      if (isSplit) {
        right = wrapped(right + high[atHigh + (left >>> TABLE_BITS)]! - rightSize, rightSize);
        atHigh += highOfLeft;
      }
      at += lowOfLeft;
    }
    numbers[i] = left + right * leftSize;
  }
}

/** A difference in [-size, size), with `size` added if it is negative: without a branch, which would be guessed wrong every other time. */
function wrapped(difference: number, size: number): number {
  return difference + (size & (difference >> 31));
}
