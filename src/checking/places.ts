import {existsSync, readFileSync} from 'node:fs';
import {isModulePath, type Place, UserError, UserFunctionError, userPlace} from '../support/index.js';

/** Finds the places of findings. */
export interface Places {
  /** The submission as a whole. */
  readonly whole: Place;
  /** The user code that an error came from, else the first line that declares or imports one of the names, else the file. */
  of(error: Error | undefined, ...names: readonly string[]): Place;
}

/** @param submission - a name, or the path of a file as the user wrote it */
export function placesIn(submission: string): Places {
  const whole = {file: submission};
  const isFile = isModulePath(submission) && existsSync(submission);
  const lines = isFile ? readFileSync(submission, 'utf8').split('\n') : [];
  return {
    whole,
    of(error, ...names) {
      const place = error && placeOf(error);
      // A place in a file that the submission imports keeps its path.
      if (place?.line !== undefined)
        return isFile && isSameFile(place.file, submission) ? {...place, file: submission} : place;
      for (const name of names.filter(Boolean)) {
        const line = lines.findIndex((each) => declares(name).test(each));
        if (line >= 0) return {file: submission, line: line + 1};
      }
      return whole;
    },
  };
}

function placeOf(error: Error): Place | undefined {
  if (error instanceof UserFunctionError && error.place.line !== undefined) return error.place;
  if (error.cause instanceof Error) return placeOf(error.cause) ?? placeInMessage(error.message);
  // The stack of an error that the tool itself throws leads nowhere.
  return error instanceof UserError ? undefined : (userPlace(error) ?? placeInMessage(error.message));
}

/** A syntax error has its place in the message only. */
function placeInMessage(message: string): Place | undefined {
  const match = /^\s*(\/[^\n:]+\.[cm]?[jt]s):(\d+):(\d+): /m.exec(message);
  return match ? {file: match[1]!, line: Number(match[2]), column: Number(match[3])} : undefined;
}

function isSameFile(path: string, written: string): boolean {
  const name = (file: string): string => file.split(/[\\/]/).at(-1)!;
  return name(path) === name(written);
}

/** Matches a line that declares a function, variable or key of the name, or imports a module of the name. */
function declares(text: string): RegExp {
  const name = text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(
    `\\b(function\\*?|const|let|var)\\s+${name}\\b|(^|[{,(\\s])${name}\\s*(:|\\(|=(?!=))|[/'"]${name}['"]`,
  );
}
