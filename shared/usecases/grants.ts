import * as z from 'zod/mini';
import { Fault } from '#shared/core/fault.ts';
import type { Ports } from '#shared/ports.ts';

const submissionGrant = z.object({
  kind: z.literal('submission'),
  renderId: z.string(),
  submission: z.string(),
  slices: z.tuple([z.int(), z.int()]),
});
const attemptGrant = z.object({
  kind: z.literal('attempt'),
  renderId: z.string(),
  slice: z.int(),
  attempt: z.int(),
  worker: z.string(),
});

export type SubmissionGrant = z.infer<typeof submissionGrant>;
export type AttemptGrant = z.infer<typeof attemptGrant>;

/** What a worker may do for a whole submission: lease its slices, nothing else. FORBIDDEN for any other token. */
export const submissionOf = (ports: Pick<Ports, 'signer'>, token: string): Promise<SubmissionGrant> =>
  checked(ports, token, submissionGrant);

/** What a worker may do for one attempt: write under it, say that it lives. FORBIDDEN for any other token. */
export const attemptOf = (ports: Pick<Ports, 'signer'>, token: string): Promise<AttemptGrant> =>
  checked(ports, token, attemptGrant);

async function checked<T>(
  { signer }: Pick<Ports, 'signer'>,
  token: string,
  schema: z.ZodMiniType<T>,
): Promise<T> {
  const parsed = schema.safeParse(await signer.verify(token));
  if (!parsed.success) throw new Fault('FORBIDDEN', 'this grant is for something else');
  return parsed.data;
}
