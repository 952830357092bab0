const FIGURE = /^(-|-?\d[\d,]*(\.\d+)?)$/;

/**
 * Rows as aligned columns under a header; columns of figures alone (`7,813`, `0.9750`, `-`) to the right, but for the first
 * one, which names the rows. Without rows, the header alone.
 */
export function table(columns: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const texts = [columns, ...rows].map((row) => row.map(String));
  const widths = columns.map((_, i) => Math.max(...texts.map((row) => row[i]!.length)));
  const [, ...body] = texts;
  const isNumeric = columns.map((_, i) => i > 0 && body.length > 0 && body.every((row) => FIGURE.test(row[i]!)));
  return texts
    .map((row) =>
      row
        .map((text, i) => (isNumeric[i] ? text.padStart(widths[i]!) : text.padEnd(widths[i]!)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Prints a result: one JSON value for scripts, or text. */
export function print(value: unknown, text: () => string, json = false): void {
  process.stdout.write(printed(value, text, json));
}

/** What {@link print} prints. */
export function printed(value: unknown, text: () => string, json = false): string {
  return `${json ? JSON.stringify(value, null, 2) : text()}\n`;
}
