import type {CodeKind, UserCode} from '../../src/runs/index.js';

/** A code of which the first file is its module. */
export function userCode(
  kind: CodeKind,
  files: {readonly [path: string]: string},
  more: Partial<UserCode> = {},
): UserCode {
  const [first = 'none.ts'] = Object.keys(files);
  const contents = Object.entries(files).map(([path, text]): [string, Buffer] => [path, Buffer.from(text)]);
  return {kind, folder: '/code', modules: {[`./${first}`]: first}, files: new Map(contents), imports: {}, ...more};
}
