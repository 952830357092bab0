import {buffer} from 'node:stream/consumers';
import {ZipFile} from 'yazl';

/** A member of an archive made for a test. */
export interface TestMember {
  readonly path: string;
  readonly content: string | Buffer;
  readonly stored?: boolean;
  readonly executable?: boolean;
  /** Has the member's numbers in a 64-bit extra field, as archives of members above 4 GB do. */
  readonly large?: boolean;
}

/** A zip archive in memory. */
export async function makeZip(members: readonly TestMember[]): Promise<Buffer> {
  const archive = new ZipFile();
  for (const {path, content, stored, executable, large = false} of members) {
    const mode = executable ? 0o100755 : 0o100644;
    archive.addBuffer(Buffer.from(content), path, {compress: !stored, mode, forceZip64Format: large});
  }
  archive.end();
  return buffer(archive.outputStream);
}
