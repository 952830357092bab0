/**
 * A name as vega takes it: in plain objects, where it looks names up, it finds `constructor` and what else every object has. A space
 * after such a name is not seen.
 */
export function drawnName(name: string): string {
  return name in Object.prototype ? `${name} ` : name;
}

/** What a chart draws, with its {@link drawnName}. */
export function named<T extends {readonly name: string}>(drawn: T): T {
  return {...drawn, name: drawnName(drawn.name)};
}
