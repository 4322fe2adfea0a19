import * as z from 'zod/mini';

/** A refusal as it is kept: what nobody could process, and why, in words a person can act on. */
export const reject = z.object({
  /** What it is about, e.g. an object of the inbox. */
  subject: z.string(),
  code: z.string(),
  message: z.string(),
  at: z.iso.datetime(),
});
