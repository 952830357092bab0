import {z} from 'zod';
import {checkedOptions} from '../options/index.js';

const nameOption = z.strictObject({name: z.string().min(1)});

/**
 * The options that a maker of metrics was given.
 * @param maker - its name, for messages
 * @param name - the metric's
 * @throws RangeError if the name is no text, or naming every option that is wrong or unknown
 */
export function metricOptions<S extends z.ZodObject>(
  maker: string,
  schema: S,
  name: string,
  given: z.input<S>,
): z.output<S> {
  checkedOptions(maker, nameOption, {name});
  return checkedOptions(maker, schema, given);
}
