import {basename} from 'node:path';
import {STDIN_NAME} from './read-text.js';

/** Bytes of a name: a part of a path may have 255, and a run's time and a number come after it. */
const MOST_BYTES = 200;

/**
 * The name of a config file without folder and ending: runs are named after it. Letters and digits of any script stay (in
 * Unicode NFC); what could be read as an option, a hidden file or a subfolder does not.
 */
export function stemOf(file: string): string {
  if (file === STDIN_NAME) return 'stdin';
  const name = basename(file)
    .replace(/\.ya?ml$/i, '')
    .normalize('NFC')
    .replace(/[^\p{L}\p{M}\p{N}._-]+/gu, '-')
    .replace(/^[.-]+/, '');
  return cut(name).replace(/[.-]+$/, '') || 'run';
}

/** As many whole characters as fit. */
function cut(name: string): string {
  let bytes = 0;
  let kept = '';
  for (const {segment} of new Intl.Segmenter().segment(name)) {
    bytes += Buffer.byteLength(segment);
    if (bytes > MOST_BYTES) break;
    kept += segment;
  }
  return kept;
}
