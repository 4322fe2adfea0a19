import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { schemaText } from '#cli/settings-schema.ts';

writeFileSync(join(import.meta.dirname, '..', 'docs', 'schema', 'render.schema.json'), schemaText());
