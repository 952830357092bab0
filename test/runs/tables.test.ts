import {existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {beforeEach, describe, expect, test} from 'vitest';
import {appendSchedule, firstSchedule, latestSchedule, schedulesIn} from '../../src/runs/schedule-table.js';
import {appendJsonLine, countLines, cutLines, openTable, readTable, rowsOf, tablesOf} from '../../src/runs/tables.js';
import {UserError} from '../../src/support/index.js';
import {temporaryFolder} from '../helpers/cli.js';

let folder = '';
let path = '';
beforeEach(() => {
  folder = temporaryFolder();
  path = join(folder, 't.csv');
});

const text = () => readFileSync(path, 'utf8');

describe('a table', () => {
  test('gives back the line of each row; cells that a row lacks are empty', () => {
    const table = openTable(path, ['a', 'b', 'c']);
    expect([table.append({b: 2}), table.append({a: 'x,y', c: 0}), table.append({d: 1})]).toEqual([
      ...[',2,\n', '"x,y",,0\n', ',,,1\n'],
    ]);
    table.close();
    expect(text()).toBe('a,b,c,d\n,2,,\n"x,y",,0,\n,,,1\n');
    expect(() => table.append({a: 1})).toThrow();
  });

  test('without columns gets them with its first row', () => {
    const table = openTable(path, []);
    expect(text()).toBe('');
    table.append({a: 1});
    table.append({a: 2, b: 3});
    table.close();
    expect(text()).toBe('a,b\n1,\n2,3\n');
  });

  test('that is there keeps its columns, and has its short rows filled up when it grows', () => {
    writeFileSync(path, 'a,b\n1\n2,3\n');
    const table = openTable(path, ['b', 'z']);
    expect(text()).toBe('a,b\n1\n2,3\n');
    table.append({z: 4});
    table.close();
    expect(text()).toBe('a,b,z\n1,,\n2,3,\n,,4\n');
    expect(readdirSync(folder)).toEqual(['t.csv']);
  });

  test('is read by its columns, as text; nothing is there where there is none', () => {
    expect([readTable(path), rowsOf([])]).toEqual([[], []]);
    expect(rowsOf([['a', 'b'], ['1'], ['2', '3', '4']])).toEqual([
      {a: '1', b: ''},
      {a: '2', b: '3'},
    ]);
    mkdirSync(path);
    expect(() => openTable(path, ['a'])).toThrow(UserError);
  });

  test('of a run is one of its files that end so, by name', () => {
    for (const name of ['b.csv', 'a.csv', 'c.csv.bak', 'd.jsonl']) writeFileSync(join(folder, name), '');
    expect(tablesOf(folder)).toEqual(['a.csv', 'b.csv']);
  });
});

describe('lines', () => {
  test('are counted and cut where they are whole', () => {
    expect(countLines(path)).toBe(0);
    cutLines(path, 3);
    expect(existsSync(path)).toBe(false);
    expect(appendJsonLine(path, {a: [1]})).toBe('{"a":[1]}\n');
    appendJsonLine(path, null);
    expect([text(), countLines(path)]).toEqual(['{"a":[1]}\nnull\n', 2]);
    cutLines(path, 5);
    expect(countLines(path)).toBe(2);
    writeFileSync(path, 'a\n\nb\nc');
    expect(countLines(path)).toBe(3);
    cutLines(path, Number.POSITIVE_INFINITY);
    expect(text()).toBe('a\n\nb\n');
    cutLines(path, 1);
    expect(text()).toBe('a\n');
    cutLines(path, 0);
    expect(text()).toBe('');
  });
});

test('schedules are kept by number, the first and the latest apart', () => {
  expect([schedulesIn(folder), firstSchedule(folder), latestSchedule(folder)]).toEqual([[], [], []]);
  const row = (step: number, value: number) => ({cycle: 1, step, value});
  expect(appendSchedule(folder, 4, [row(0, 0.5), row(7, Number.NaN)])).toBe('4,1,0,0.5\n4,1,7,nan\n');
  appendSchedule(folder, 12, [row(3, 2)]);
  expect(schedulesIn(folder)).toEqual([
    {number: 4, rows: [row(0, 0.5), row(7, Number.NaN)]},
    {number: 12, rows: [row(3, 2)]},
  ]);
  expect(firstSchedule(folder)).toEqual([row(0, 0.5), row(7, Number.NaN)]);
  expect(latestSchedule(folder)).toEqual([row(3, 2)]);
});
