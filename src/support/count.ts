/** A count with commas: `7,813`. */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** `1 step`, `7,813 steps`. */
export function countOfSteps(steps: number): string {
  return `${count(steps)} ${steps === 1 ? 'step' : 'steps'}`;
}
