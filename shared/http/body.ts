import type * as z from 'zod/mini';
import { Fault } from '#shared/core/fault.ts';
import { checkDocument } from '#shared/settings-file.ts';

/** Far deeper than any request of ours; what walks a value by recursion must not meet deeper ones. */
const MOST_DEPTH = 64;

interface Request {
  header(name: string): string | undefined;
  text(): Promise<string>;
}

/**
 * The JSON body of a request; INVALID_INPUT says what is wrong with it. Asks for the JSON media type, which
 * no page of another site can send without the browser asking first.
 */
export async function readBody<T>(req: Request, schema: z.ZodMiniType<T>): Promise<T> {
  if (!/^application\/json\b/i.test(req.header('content-type') ?? '')) {
    throw new Fault('INVALID_INPUT', 'send JSON, with the header "content-type: application/json"');
  }
  const text = await req.text();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new Fault('INVALID_INPUT', `the body is no JSON: ${(cause as Error).message}`, { cause });
  }
  if (isDeep(value)) throw new Fault('INVALID_INPUT', `the body is nested deeper than ${MOST_DEPTH} levels`);
  return checkDocument(schema, value, 'the body');
}

/** Level by level, without recursion. */
function isDeep(value: unknown): boolean {
  let level = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MOST_DEPTH) return true;
    level = level.flatMap((one) => (typeof one === 'object' && one !== null ? Object.values(one) : []));
  }
  return false;
}
