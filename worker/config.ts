import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Fault } from '#shared/core/fault.ts';

export interface WorkerConfig {
  readonly baseUrl: string;
  readonly grant: string;
  readonly index: number;
  readonly run: number;
  readonly name: string;
  readonly cacheDirectory: string;
  readonly scratchDirectory: string;
  readonly cacheBytes: number | undefined;
  readonly threads: number | undefined;
  readonly graceMs: number | undefined;
  readonly allowUnsandboxed: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The worker's settings from its environment; INVALID_INPUT names every variable that is wrong.
 *
 * AWS Batch sets AWS_BATCH_JOB_ID, _ARRAY_INDEX and _ATTEMPT (from 1) in each child
 * (https://docs.aws.amazon.com/batch/latest/userguide/job_env_vars.html), Azure Batch AZ_BATCH_TASK_ID
 * (https://learn.microsoft.com/azure/batch/batch-compute-node-environment-variables). Ours come first.
 */
export function loadWorkerConfig(environment: Environment): WorkerConfig {
  const problems: string[] = [];
  const text = (name: string): string | undefined => environment[name] || undefined;
  const required = (name: string, what: string): string => {
    const value = text(name);
    if (value === undefined) problems.push(`${name} is not set; it must be ${what}`);
    return value ?? '';
  };
  const integer = (names: readonly string[], least: number): number | undefined => {
    const name = names.find((candidate) => text(candidate) !== undefined);
    if (name === undefined) return undefined;
    const value = Number(environment[name]);
    if (Number.isSafeInteger(value) && value >= least) return value;
    problems.push(`${name} is ${JSON.stringify(environment[name])}; it must be a whole number from ${least}`);
    return undefined;
  };
  const url = (name: string): string => {
    const value = required(name, "the control plane's URL");
    if (value !== '' && !/^https?:$/.test(URL.parse(value)?.protocol ?? ''))
      problems.push(`${name} is ${JSON.stringify(value)}; it must be an http or https URL`);
    return value;
  };
  const graceSeconds = integer(['DROPFRAME_GRACE_SECONDS'], 1);
  const config: WorkerConfig = {
    baseUrl: url('DROPFRAME_URL'),
    grant: required('DROPFRAME_GRANT', "the submission's grant"),
    index: integer(['DROPFRAME_INDEX', 'AWS_BATCH_JOB_ARRAY_INDEX'], 0) ?? 0,
    run: integer(['DROPFRAME_RUN', 'AWS_BATCH_JOB_ATTEMPT'], 1) ?? 1,
    name:
      text('DROPFRAME_WORKER') ??
      `${text('AWS_BATCH_JOB_ID') ?? text('AZ_BATCH_TASK_ID') ?? process.pid}@${hostname()}`.slice(0, 256),
    cacheDirectory: text('DROPFRAME_CACHE') ?? join(tmpdir(), 'dropframe', 'cache'),
    scratchDirectory: text('DROPFRAME_SCRATCH') ?? join(tmpdir(), 'dropframe', 'scratch'),
    cacheBytes: integer(['DROPFRAME_CACHE_BYTES'], 0),
    threads: integer(['DROPFRAME_THREADS'], 1),
    graceMs: graceSeconds === undefined ? undefined : graceSeconds * 1000,
    allowUnsandboxed: text('DROPFRAME_ALLOW_UNSANDBOXED') === '1',
  };
  if (problems.length > 0)
    throw new Fault('INVALID_INPUT', `The worker's environment is wrong: ${problems.join('; ')}.`);
  return config;
}
