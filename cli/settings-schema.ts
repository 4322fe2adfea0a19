import * as z from 'zod/mini';
import { writtenSettings } from '#events/settings.ts';

/**
 * The JSON Schema of `render.yaml` and `render.json`, for editors and other programs: kept as
 * docs/schema/render.schema.json (`node scripts/schema.ts` writes it).
 */
export function schemaText(): string {
  const { $schema, ...rest } = z.toJSONSchema(writtenSettings, {
    io: 'input',
    // zod leaves out the examples of what it converts; ours show what people write.
    override: ({ zodSchema, jsonSchema }) => {
      const { examples } = z.globalRegistry.get(zodSchema) ?? {};
      if (Array.isArray(examples)) jsonSchema.examples = examples;
    },
  });
  return `${JSON.stringify({ $schema, title: 'Dropframe render settings', ...rest }, null, 2)}\n`;
}
