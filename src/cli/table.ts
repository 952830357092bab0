/** Rows as aligned columns under a header; numbers belong to the right. Without rows, the header alone. */
export function table(columns: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const texts = [columns, ...rows].map((row) => row.map(String));
  const widths = columns.map((_, i) => Math.max(...texts.map((row) => row[i]!.length)));
  const isNumeric = columns.map(
    (_, i) => rows.length > 0 && rows.every((row) => typeof row[i] === 'number' || row[i] === '-'),
  );
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
  process.stdout.write(`${json ? JSON.stringify(value, null, 2) : text()}\n`);
}
