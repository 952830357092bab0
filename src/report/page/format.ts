const integer = new Intl.NumberFormat('en-US', {maximumFractionDigits: 0});

/** `7,813`. */
export function count(value: number): string {
  return integer.format(value);
}

/** A measured value with at most eight significant digits: `0.975`, `2.5557217`, `1.2e-7`. */
export function exact(value: number | null | undefined): string {
  return value === null || value === undefined ? '–' : String(Number(value.toPrecision(8)));
}

/** A value for a narrow column: four digits behind the point, or four significant ones. */
export function short(value: number | null | undefined): string {
  if (value === null || value === undefined) return '–';
  if (value === 0 || (Math.abs(value) >= 0.01 && Math.abs(value) < 10)) return value.toFixed(4);
  return Math.abs(value) >= 1e5 || Math.abs(value) < 0.01
    ? value.toExponential(3)
    : String(Number(value.toPrecision(5)));
}

/** `18.9 s`, `12 min 5 s`, `3 h 20 min`. */
export function duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined) return '–';
  if (seconds < 100) return `${seconds.toFixed(seconds < 10 ? 2 : 1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${count(Math.floor(whole / 3600))} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** `2026-11-29 08:20` in the reader's time zone; the text itself where it is no time. */
export function moment(iso: string | null): string {
  if (iso === null || iso === '') return '–';
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  const two = (value: number) => String(value).padStart(2, '0');
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-');
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** `target_reached` as `target reached`. */
export function words(name: string): string {
  return name.replaceAll('_', ' ');
}
