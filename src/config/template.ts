import {stringify} from 'yaml';
import type {Submission} from '../contract/index.js';
import {type ConfigKey, keysOf} from './keys.js';

/** What a template is for. */
export interface TemplateOptions {
  readonly submission: Submission;
  /** As the command line names it. */
  readonly submissionName: string;
  readonly workload: {readonly name: string; readonly batchSize: number};
}

/** A starter config. */
export interface Template {
  readonly text: string;
  /** Required keys without an example in the schema: the user fills them in. */
  readonly open: readonly string[];
}

/**
 * The smallest config that a submission takes, as commented YAML: required keys with the example that the schema has, the others
 * with their defaults behind a `#`.
 */
export function configTemplate({submission, submissionName, workload}: TemplateOptions): Template {
  const set: {readonly [key: string]: unknown} = {submission: submissionName, batch_size: workload.batchSize};
  const keys = keysOf(submission).map((key) => ({
    ...key,
    // A key with an example is written, required or not.
    isRequired: key.isRequired || key.example !== undefined,
    example: set[key.path.join('.')] ?? key.example,
  }));
  const isOther = submissionName !== keys.find(({path}) => path[0] === 'submission')?.default;
  const groups = [...new Set(keys.map(({path}) => path[0]!))].map((name) => {
    const ofGroup = keys.filter(({path}) => path[0] === name);
    return groupLines(
      name,
      isOther && name === 'submission' ? ofGroup.map((key) => ({...key, isRequired: true})) : ofGroup,
    );
  });
  const head = [
    `# A config for the workload ${workload.name}. Lines that begin with # are optional: they show the default, or what is allowed.`,
    `#   algoperf-ts run --workload ${workload.name} --config <this file>`,
  ];
  const open = keys.filter(({isRequired, default: value, example}) => isRequired && (example ?? value) === undefined);
  return {
    text: `${[head, ...groups].map((lines) => lines.join('\n')).join('\n\n')}\n`,
    open: open.map(({path}) => path.join('.')),
  };
}

function groupLines(name: string, keys: readonly ConfigKey[]): string[] {
  if (keys.length === 1 && keys[0]!.path.length === 1) return [lineOf(keys[0]!, '')];
  const isRequired = keys.some((key) => key.isRequired);
  return [`${isRequired ? '' : '# '}${name}:`, ...keys.map((key) => lineOf(key, '  ', isRequired))];
}

/** @param isGroupWritten - false: all of the key's group stands behind a `#` */
function lineOf(key: ConfigKey, indent: string, isGroupWritten = true): string {
  const {path, type, isRequired, description} = key;
  const value = key.example ?? key.default;
  const written =
    value === undefined
      ? ''
      : ` ${stringify(value, {collectionStyle: 'flow', flowCollectionPadding: false, lineWidth: 0}).trim()}`;
  const what = value === undefined ? [type.replaceAll('`', ''), description] : [description];
  const comment = what.filter(Boolean).join('; ');
  const start = isRequired ? indent : isGroupWritten ? `${indent}# ` : `# ${indent}`;
  return `${start}${path.slice(indent === '' ? 0 : 1).join('.')}:${written}${comment === '' ? '' : ` # ${comment}`}`;
}
