import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {readCheckedTable} from '../../src/runs/checked-table.js';
import {temporaryFolder} from '../helpers/cli.js';

/** What is found in a table of such a text. */
function found(text: string) {
  const path = join(temporaryFolder(), 't.csv');
  writeFileSync(path, text);
  return readCheckedTable(path);
}

test('a table as a run writes it has no damage; a last row that is cut off is left out', () => {
  const rows = [
    {global_step: '1', loss: '2'},
    {global_step: '3', loss: ''},
  ];
  expect(found('global_step,loss\n1,2\n3,\n')).toEqual({rows, damage: null, isTorn: false});
  expect(found('global_step,loss\n1,2\n3,\n4')).toEqual({rows, damage: null, isTorn: true});
  expect(found('loss,global_step\n2,1\n').damage).toBeNull();
  expect(found('global_step\n')).toEqual({rows: [], damage: null, isTorn: false});
});

test.each([
  ['', 't.csv is empty, or its header is cut off', false],
  ['global_step,lo', 't.csv is empty, or its header is cut off', true],
  ['step,loss\n1,2\n', 't.csv:1: its header has no column global_step', false],
  ['loss,global_step\n1,2\n1\n', 't.csv:3: the row has 1 cell, and the header 2', false],
  ['loss,global_step\n1,2,3\n', 't.csv:2: the row has 3 cells, and the header 2', false],
  ['loss,global_step\n1,2\n1,\n1,x\n', "t.csv:3: global_step must be a number, found ''", false],
  ['loss,global_step\n1,inf\n', "t.csv:2: global_step must be a number, found 'inf'", false],
])('%j is damaged', (text, damage, isTorn) => expect(found(text)).toMatchObject({damage, isTorn}));

test('a table that is not there has no rows, and no damage; one that can not be read hides nothing else', () => {
  const folder = temporaryFolder();
  expect(readCheckedTable(join(folder, 't.csv'))).toEqual({rows: [], damage: null, isTorn: false});
  mkdirSync(join(folder, 'u.csv'));
  expect(readCheckedTable(join(folder, 'u.csv'))).toEqual({
    rows: [],
    damage: expect.stringMatching(/^u\.csv can't be read \(.*it is not a file/),
    isTorn: false,
  });
});
