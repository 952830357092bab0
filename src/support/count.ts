/** A count with commas: `7,813`. */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** `1 run`, `7,813 runs`. @param noun - of one, that takes an s */
export function counted(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** `1 step`, `7,813 steps`. */
export function countOfSteps(steps: number): string {
  return counted(steps, 'step');
}
