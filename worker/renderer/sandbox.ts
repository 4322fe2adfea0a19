import { execFile } from 'node:child_process';
import { existsSync, lstatSync, readdirSync, readlinkSync, realpathSync } from 'node:fs';
import { promisify } from 'node:util';
import { Fault } from '#shared/core/fault.ts';

/** A folder or file of the host, and where the confined program sees it (the same place when absent). */
export interface Bind {
  readonly host: string;
  readonly inside?: string;
}

export interface Confinement {
  readonly readOnly?: readonly Bind[];
  readonly writable?: readonly Bind[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Size of the private temporary folder, which is memory; 1 GiB when absent. */
  readonly temporaryBytes?: number;
  /** Let the program use the graphics devices of this machine, where there are any. */
  readonly gpu?: boolean;
}

export interface ConfinedCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

const run = promisify(execFile);
const GIB = 1024 ** 3;
/** Where a confined program may write besides its writable binds: memory, gone when it ends. */
const HOME = '/tmp/home';

/** Of /etc only what programs and libraries need to start; alternatives: liblapack is found through it on Debian. */
const CONFIGURATION = [
  'alternatives',
  'fonts',
  'ld.so.cache',
  'ld.so.conf',
  'ld.so.conf.d',
  'glvnd',
  'OpenCL',
];
const GPU_DEVICES = /^(dri|kfd|nvidia.*)$/;

let known: Promise<'bubblewrap' | 'none'> | undefined;

/**
 * What can confine a program here. Bubblewrap counts only when it works: containers often forbid the
 * namespaces that it needs. Asked once a process.
 */
export function sandboxKind(): Promise<'bubblewrap' | 'none'> {
  known ??= (async () => {
    const { program, args } = sandboxed(['/usr/bin/true'], {});
    const works =
      process.platform === 'linux' &&
      (await run(program, args).then(
        () => true,
        () => false,
      ));
    return works ? 'bubblewrap' : 'none';
  })();
  return known;
}

/** Throws unless programs can be confined here, or the person at the machine said that they need not be. */
export async function requireSandbox(allowUnsandboxed: boolean): Promise<'bubblewrap' | 'none'> {
  const kind = await sandboxKind();
  if (kind === 'none' && !allowUnsandboxed) {
    throw new Fault(
      'UNAVAILABLE',
      'Scenes are untrusted code and bubblewrap, which confines them, does not work on this machine. ' +
        'Install it (`apt install bubblewrap`, Linux only), or pass --allow-unsandboxed if you trust every scene.',
    );
  }
  return kind;
}

/**
 * The command line that runs `command` confined by bubblewrap: no network, no other processes, no
 * capabilities, an empty environment, the system's programs read-only, and of the host's files only the
 * binds. Everything dies with the caller. Inherited file descriptors stay open.
 */
export function sandboxed(command: readonly string[], confinement: Confinement): ConfinedCommand {
  const temporary = String(confinement.temporaryBytes ?? GIB);
  const args = [
    ...['--unshare-all', '--die-with-parent', '--new-session', '--clearenv', '--cap-drop', 'ALL'],
    ...['--ro-bind', '/usr', '/usr'],
    ...['/bin', '/sbin', '/lib', '/lib32', '/lib64'].flatMap(systemFolder),
    ...CONFIGURATION.flatMap((name) => ['--ro-bind-try', `/etc/${name}`, `/etc/${name}`]),
    ...['--proc', '/proc', '--dev', '/dev', '--size', temporary, '--tmpfs', '/tmp', '--dir', HOME],
    ...(confinement.gpu ? gpuBinds() : []),
    ...(confinement.readOnly ?? []).flatMap(({ host, inside }) => ['--ro-bind', host, inside ?? host]),
    ...(confinement.writable ?? []).flatMap(({ host, inside }) => ['--bind', host, inside ?? host]),
    ...Object.entries(confinedEnvironment(confinement)).flatMap(([name, value]) => ['--setenv', name, value]),
    // The root that bubblewrap makes is memory too, and has no limit.
    ...['--remount-ro', '/', '--chdir', '/tmp', '--', ...withoutCore(command)],
  ];
  return { program: 'bwrap', args, environment: { PATH: process.env.PATH ?? '/usr/bin:/bin' } };
}

/** The command as it is, for machines without a sandbox: only the environment is reduced. */
export function unconfined(command: readonly string[], confinement: Confinement): ConfinedCommand {
  const [program, ...args] = command;
  const inherited = [
    'PATH',
    'HOME',
    'TMPDIR',
    'TEMP',
    'SystemRoot',
    'USERPROFILE',
    'APPDATA',
    'LOCALAPPDATA',
  ];
  const environment: Record<string, string> = { ...confinement.environment };
  for (const name of inherited) {
    const value = process.env[name];
    if (value !== undefined) environment[name] ??= value;
  }
  return { program: program as string, args, environment };
}

/** Where a program's own files are, when /usr does not hold them. */
export const programBinds = (paths: readonly string[]): Bind[] =>
  paths.filter((path) => !realpathSync(path).startsWith('/usr/')).map((host) => ({ host }));

function confinedEnvironment({ environment }: Confinement): Record<string, string> {
  return { PATH: '/usr/bin:/bin', HOME, TMPDIR: '/tmp', LANG: 'C.UTF-8', ...environment };
}

/** Today's distributions have links into /usr here, older ones real folders. */
function systemFolder(path: string): string[] {
  if (!existsSync(path)) return [];
  return lstatSync(path).isSymbolicLink()
    ? ['--symlink', readlinkSync(path), path]
    : ['--ro-bind', path, path];
}

/** Core dumps of a big scene fill the disk of whoever runs it. */
const withoutCore = (command: readonly string[]): readonly string[] => [
  'prlimit',
  '--core=0',
  '--',
  ...command,
];

function gpuBinds(): string[] {
  const devices = readdirSync('/dev').filter((name) => GPU_DEVICES.test(name));
  if (devices.length === 0) return [];
  const binds = devices.flatMap((name) => ['--dev-bind', `/dev/${name}`, `/dev/${name}`]);
  return [...binds, '--ro-bind', '/sys', '/sys'];
}
