/** Control characters, those that reorder a line, and line separators. */
const CONTROLS = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;
const CONTROLS_IN_LINES = new RegExp(`(?!\\n|\\t)${CONTROLS.source}`, 'gu');

/**
 * A text that a terminal shows as it is, on one line: control characters, such as those that begin an ANSI escape, and
 * characters that reorder a line are spelled out as `\u001b`.
 */
export function printable(text: string): string {
  return text.replace(CONTROLS, spelledOut);
}

/** The same for a string of several lines: line breaks and tabs stay. */
export function printableLines(text: string): string {
  return text.replace(CONTROLS_IN_LINES, spelledOut);
}

function spelledOut(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
