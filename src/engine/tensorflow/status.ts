/** What tfjs-node says before TensorFlow's own words. */
const STATUS = /^Invalid TF_Status: \d+\nMessage: /;

/** The same error, in TensorFlow's own words. */
export function withoutStatus(failure: Error): Error {
  failure.message = failure.message.replace(STATUS, '');
  return failure;
}
