import { fileURLToPath } from 'node:url';
import { DRIVER_DESCRIPTOR } from './driver-process.ts';
import type { BlenderInstall } from './find-blender.ts';
import { type Bind, type ConfinedCommand, programBinds, sandboxed, unconfined } from './sandbox.ts';

const DRIVER = fileURLToPath(new URL('../driver', import.meta.url));

export interface DriverPlace {
  readonly install: BlenderInstall;
  readonly sandbox: 'bubblewrap' | 'none';
  readonly threads: number;
  readonly readOnly?: readonly Bind[];
  readonly writable?: readonly Bind[];
}

/**
 * The command line of a driver. `--factory-startup` and `-Y`: nobody's preferences count, and no script
 * of a scene runs. `--python-exit-code` must stand before `-P`, or a driver that fails would let Blender
 * end with 0.
 */
export function driverCommand(
  { install, sandbox, threads, ...places }: DriverPlace,
  token: string,
): ConfinedCommand {
  const script = sandbox === 'bubblewrap' ? '/driver/driver.py' : `${DRIVER}/driver.py`;
  const own = [String(DRIVER_DESCRIPTOR), token];
  const command =
    install.kind === 'blender'
      ? [
          ...[
            install.program,
            '--background',
            '--factory-startup',
            '--disable-autoexec',
            '--threads',
            String(threads),
          ],
          ...['--python-exit-code', '7', '--python', script, '--', ...own],
        ]
      : [install.program, '-I', '-B', script, ...own];
  const confinement = { gpu: true, ...places };
  if (sandbox === 'none') return unconfined(command, confinement);
  const readOnly = [
    ...programBinds(install.roots),
    { host: DRIVER, inside: '/driver' },
    ...(places.readOnly ?? []),
  ];
  return sandboxed(command, { ...confinement, readOnly });
}
