import { refuseNewer } from './blend/newer.ts';
import type { Fault } from './fault.ts';
import type { SceneFacts } from './scene-facts.ts';
import type { RenderSettings } from './settings.ts';

interface Able {
  readonly blender: readonly [number, number, number];
  readonly devices: readonly string[];
}

/** Why a worker cannot render this scene as asked, naming what it lacks; `undefined` when it can. */
export function unfitReason(facts: SceneFacts, settings: RenderSettings, able: Able): string | undefined {
  try {
    refuseNewer(facts, able.blender);
  } catch (error) {
    return (error as Fault).message;
  }
  const { device } = settings;
  if (device && !able.devices.includes(device)) {
    const have = able.devices.join(', ');
    return `the settings ask for device "${device}"; this worker has ${have}. Ask for one of those, or add a worker that has it`;
  }
  return undefined;
}
