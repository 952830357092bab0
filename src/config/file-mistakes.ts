import {formatPlace, UserError} from '../support/index.js';
import {pathText} from './locate.js';
import {mistakesText} from './mistakes-text.js';
import type {Problem} from './problems.js';
import type {YamlFile} from './read.js';

/** The place of a path in a file, for messages: `sweep.yaml:3:5`. @param ofKey - the key's place, not its value's */
export function placeIn({file, locator}: YamlFile, path: Problem['path'], ofKey = false): string {
  return formatPlace({file, ...locator.placeOf(path, ofKey)});
}

/** The error for mistakes in a file, in their order, each with line, column and path. */
export function fileMistakes(file: YamlFile, problems: readonly Problem[]): UserError {
  return new UserError(
    mistakesText(
      problems.map(({path, message, ofKey}) =>
        [placeIn(file, path, ofKey), ...(path.length > 0 ? [pathText(path)] : []), message].join(': '),
      ),
    ),
  );
}
