import {z} from 'zod';

/** Kinds of options that many functions have. */

/** A path or a name, that may be left out. */
export const optionalText = z.string().optional();

/** How many, or which one, from 1 on, that may be left out. */
export const optionalCount = z.int().min(1).optional();

/** An option that is called. */
// biome-ignore lint/suspicious/noExplicitAny: functions of all kinds
export function functionOption<F = (...words: any[]) => unknown>(): z.ZodType<F, F> {
  return custom((value) => typeof value === 'function', 'a function');
}

/** An option that is an object whose parts are looked at where they are used. @param title - what it must be: `a signal` */
export function objectOption<T>(title: string): z.ZodType<T, T> {
  return custom((value) => typeof value === 'object' && value !== null, title);
}

/** @param title - what it must be, with its article */
export function custom<T>(isValid: (value: unknown) => boolean, title: string): z.ZodType<T, T> {
  return z.custom<T>(isValid, title).meta({title}) as unknown as z.ZodType<T, T>;
}
