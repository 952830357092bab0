import {readFileSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {beforeEach, expect, test} from 'vitest';
import {unpackWheel} from '../../src/native/install/unpack.js';
import {UserError} from '../../src/support/index.js';
import {filesBelow, temporaryFolder} from '../helpers/cli.js';
import {makeZip} from '../helpers/zip.js';

let root: string;

beforeEach(() => {
  root = temporaryFolder();
});

const request = {project: 'p', specifier: '==1', keep: ['kept/'], leaveOut: ['include']};

/** Unpacks an archive. @returns the progress that was reported */
async function unpacked(archive: Buffer, to = join(root, 'out')): Promise<(number | undefined)[][]> {
  const seen: (number | undefined)[][] = [];
  writeFileSync(join(root, 'a.whl'), archive);
  const onProgress = (done: number, total: number | undefined) => void seen.push([done, total]);
  await unpackWheel({wheel: join(root, 'a.whl'), request, folder: to, onProgress});
  return seen;
}

test('members come out as they went in, and those that are not kept stay in', async () => {
  const members = [
    {path: 'kept/packed.txt', content: 'x'.repeat(300_000)},
    {path: 'kept/a/stored.bin', content: Buffer.from([0, 1, 2, 255]), stored: true, executable: true},
    {path: 'kept/large.txt', content: 'numbers in 64 bits', large: true},
    {path: 'kept/empty', content: '', stored: true},
  ];
  const others = [
    {path: 'kept/include/a.h', content: 'a header'},
    {path: 'other', content: 'another'},
  ];
  const seen = await unpacked(await makeZip([...members, ...others]));
  expect(filesBelow(join(root, 'out'))).toEqual(members.map(({path}) => path).sort());
  for (const {path, content} of members) {
    expect(readFileSync(join(root, 'out', path)).equals(Buffer.from(content)), path).toBe(true);
    expect((statSync(join(root, 'out', path)).mode & 0o111) !== 0, path).toBe(path.endsWith('.bin'));
  }
  expect(seen.at(-1)).toEqual([300_022, 300_022]);
});

const whole = await makeZip([{path: 'kept/file', content: 'some text', stored: true}]);
const changed = (change: (archive: Buffer) => void): Buffer => {
  const archive = Buffer.from(whole);
  change(archive);
  return archive;
};
const directory = whole.indexOf('PK\x01\x02', 0, 'latin1');

test.each([
  ['cut', whole.subarray(0, -4), /End of central directory record signature not found/],
  ['nothing', Buffer.alloc(0), /End of central directory record signature not found/],
  ['not of the size it states', changed((archive) => archive.writeUInt32LE(8, directory + 24)), /size/],
  [
    'packed by bzip2',
    changed((archive) => archive.writeUInt16LE(12, directory + 10)),
    /file is encrypted or packed in an unknown way/,
  ],
])('an archive that is %s is named, with what to do', async (_, archive, reason) => {
  const work = unpacked(archive);
  await expect(work).rejects.toThrow(UserError);
  await expect(work).rejects.toThrow(reason);
  await expect(work).rejects.toThrow(
    /^\S+a\.whl: the wheel can't be unpacked: .+\.\nRemove it and run the same command again\.$/,
  );
});

test('nothing is written outside of the folder', async () => {
  const packed = (await makeZip([{path: 'kept/xx/escaped', content: 'text'}])).toString('latin1');
  const archive = Buffer.from(packed.replaceAll('kept/xx/', 'kept/../'), 'latin1');
  await expect(unpacked(archive)).rejects.toThrow('invalid relative path: kept/../escaped');
  expect(filesBelow(root)).toEqual(['a.whl']);
});

test('a fault of the disk stays what it is', async () => {
  writeFileSync(join(root, 'file'), '');
  await expect(unpacked(whole, join(root, 'file'))).rejects.toMatchObject({code: 'ENOTDIR'});
});
