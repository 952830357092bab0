/** What stands behind a time to target, in tables and on pages, that does not count as official. */
export const NOT_OFFICIAL = '†';

/** What {@link NOT_OFFICIAL} means, for below a table. */
export const NOT_OFFICIAL_NOTE = `${NOT_OFFICIAL} not official; \`runs show <run>\` says why`;

/** A text about a time, marked unless that is official. @param official - null: there is no result that says so */
export function marked(text: string, official: boolean | null): string {
  return official === true ? text : `${text}${NOT_OFFICIAL}`;
}
