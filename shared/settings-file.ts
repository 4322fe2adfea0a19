import { parseDocument } from 'yaml';
import * as z from 'zod/mini';
import { projectFile, toRenderSettings, writtenSettings } from '#events/settings.ts';
import { Fault } from './core/fault.ts';
import type { RenderSettings } from './core/settings.ts';
import { suggest } from './core/suggest.ts';

/** One thing wrong with a document that a person wrote. */
export interface Problem {
  /** The file, or `command line`. */
  readonly file: string;
  /** `tiles.columns`; empty for the document as a whole. */
  readonly field: string;
  readonly value?: unknown;
  readonly message: string;
  readonly fix: string;
}

/** People write a screenful; what is larger is not settings. */
const MAX_BYTES = 64 * 1024;
const MAX_PROBLEMS = 50;

/** INVALID_INPUT with every problem: one a line in the message, and as data. */
export function refuseProblems(problems: readonly Problem[]): never {
  const lines = problems.slice(0, MAX_PROBLEMS).map(({ file, field, message, fix }) => {
    const place = field === '' ? file : `${file}: ${field}`;
    return `${place}: ${message}; ${fix}`;
  });
  const more = problems.length > MAX_PROBLEMS ? [`and ${problems.length - MAX_PROBLEMS} more`] : [];
  throw new Fault('INVALID_INPUT', [...lines, ...more].join('\n'), {
    details: { problems: problems.slice(0, MAX_PROBLEMS) },
  });
}

const shown = (value: unknown): string => {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
};

const at = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key], value);

type Shape = Readonly<Record<string, z.ZodMiniType>>;

/** The shape of the object that holds a key, where the path leads through objects only. */
function shapeAt(schema: z.ZodMiniType, path: readonly PropertyKey[]): Shape | undefined {
  let inner: z.ZodMiniType | undefined = schema;
  for (const key of path) inner = inner && objectOf(inner)?.[String(key)];
  return inner && objectOf(inner);
}

function objectOf(schema: z.ZodMiniType): Shape | undefined {
  if (schema instanceof z.ZodMiniExactOptional) return objectOf(schema._zod.def.innerType as z.ZodMiniType);
  return schema instanceof z.ZodMiniObject ? (schema.shape as Shape) : undefined;
}

/** How the field is written, from what the schema says of it. */
function fixFor(schema: z.ZodMiniType, path: readonly PropertyKey[]): string {
  for (let length = path.length; length > 0; length--) {
    const field = shapeAt(schema, path.slice(0, length - 1))?.[String(path[length - 1])];
    const meta = field instanceof z.ZodMiniExactOptional && z.globalRegistry.get(field._zod.def.innerType);
    if (meta) {
      const examples = (meta.examples as readonly unknown[]).map((example) => JSON.stringify(example));
      return `wanted: ${meta.description}, such as ${examples.join(' or ')}`;
    }
  }
  return `write ${Object.keys(shapeAt(schema, []) ?? {}).join(', ')} as keys with their values`;
}

function unknownKeys(
  file: string,
  schema: z.ZodMiniType,
  issue: z.core.$ZodIssueUnrecognizedKeys,
): Problem[] {
  const known = Object.keys(shapeAt(schema, issue.path) ?? {});
  return issue.keys.map((key, index) => {
    // What is not shown needs no suggestion, and a hostile document has many keys.
    const near = index < MAX_PROBLEMS ? suggest(key, known) : undefined;
    return {
      file,
      field: [...issue.path, key].join('.'),
      message: 'unknown setting',
      fix: near ? `did you mean "${near}"?` : `the settings are ${known.join(', ')}`,
    };
  });
}

function problemsOf(
  file: string,
  schema: z.ZodMiniType,
  value: unknown,
  issues: readonly z.core.$ZodIssue[],
) {
  return issues.flatMap((issue): Problem[] => {
    if (issue.code === 'unrecognized_keys' && shapeAt(schema, issue.path)) {
      return unknownKeys(file, schema, issue);
    }
    const field = issue.path.join('.');
    const found = at(value, issue.path);
    const near =
      issue.code === 'invalid_value' && typeof found === 'string' && suggest(found, issue.values.map(String));
    if (near) {
      return [
        {
          file,
          field,
          value: found,
          message: `${shown(found)} is not valid`,
          fix: `did you mean "${near}"?`,
        },
      ];
    }
    // The core's own parsers say value and fix themselves.
    const [message, ...fix] =
      issue.code === 'custom' ? issue.message.split('; ') : [`${shown(found)} is not valid`];
    return [
      { file, field, value: found, message: message!, fix: fix.join('; ') || fixFor(schema, issue.path) },
    ];
  });
}

/** A value from outside by a schema; INVALID_INPUT names every problem with file, field, value and fix. */
export function checkDocument<T>(
  schema: z.ZodMiniType<T>,
  value: unknown,
  file: string,
  spelt: (field: string) => string = (field) => field,
): T {
  const result = z.safeParse(schema, value);
  if (result.success) return result.data;
  const problems = problemsOf(file, schema, value, result.error.issues);
  return refuseProblems(problems.map((problem) => ({ ...problem, field: spelt(problem.field) })));
}

/**
 * One YAML 1.2 or JSON document, with YAML's bombs defused: at most 64 KiB, few aliases, no custom tags,
 * no repeated keys. An empty document is an empty object.
 */
export function parseText(text: string, file: string): unknown {
  const refuse = (message: string, fix: string): never => refuseProblems([{ file, field: '', message, fix }]);
  if (text.length > MAX_BYTES) refuse(`${text.length} characters`, `settings fit ${MAX_BYTES}`);
  const document = parseDocument(text, {
    version: '1.2',
    schema: 'core',
    strict: true,
    uniqueKeys: true,
    logLevel: 'error',
  });
  const [error] = [...document.errors, ...document.warnings];
  if (error) refuse(error.message.split('\n')[0]!.replace(/:$/, ''), 'write YAML 1.2 or JSON');
  try {
    return document.toJS({ maxAliasCount: 20 }) ?? {};
  } catch (cause) {
    return refuse(
      cause instanceof Error ? cause.message : String(cause),
      'write the values out, without aliases',
    );
  }
}

/**
 * Settings from outside (an API body, options of the command line); `source` is named in errors, and
 * fields as `spelt`.
 */
export const checkSettings = (
  value: unknown,
  source: string,
  spelt: (field: string) => string = (field) => field,
): RenderSettings => toRenderSettings(checkDocument(writtenSettings, value, source, spelt));

/** `render.yaml` or `render.json` beside a scene. */
export const parseSettingsText = (text: string, file: string): RenderSettings =>
  checkSettings(parseText(text, file), file);

/** `dropframe.yaml` of a project folder: the settings under its key `render`. */
export const parseProjectText = (text: string, file: string): RenderSettings => {
  const { render } = checkDocument(projectFile, parseText(text, file), file);
  return render ? toRenderSettings(render) : {};
};
