/**
 * A text as a cell that no spreadsheet takes for a formula: one that begins as a formula does gets a `'` before it.
 * @see {@link https://owasp.org/www-community/attacks/CSV_Injection | CSV injection}
 */
export function spreadsheetText(text: string): string {
  return /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
}
