import type {Submission} from '../contract/index.js';
import {type ConfigKey, keysOf} from './keys.js';

/** All keys of a submission's config as a Markdown table: type, default or that it is required, meaning. */
export function keyTable(submission: Submission): string {
  const rows = keysOf(submission).map((key) => [
    `\`${key.path.join('.')}\``,
    key.type,
    defaultText(key),
    key.description,
  ]);
  const lines = [['key', 'type', 'default', 'meaning'], ['---', '---', '---', '---'], ...rows];
  return `${lines.map((cells) => `| ${cells.map(escaped).join(' | ')} |`).join('\n')}\n`;
}

function defaultText({isRequired, default: value}: ConfigKey): string {
  if (isRequired) return '**required**';
  return value === undefined ? '' : `\`${JSON.stringify(value).replace(/^"(.*)"$/, '$1')}\``;
}

function escaped(cell: string): string {
  return cell.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
