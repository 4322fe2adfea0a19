import { Fault } from '#shared/core/fault.ts';
import type { DeliveredFile } from '#shared/ports.ts';
import { cancelled } from './checked-file.ts';
import { contactSheet } from './contact-sheet.ts';
import type { Deliverable, DeliveryPlace, Warning } from './deliverable.ts';
import { createFrameSource } from './frame-source.ts';
import { movie } from './movie.ts';
import { poster } from './poster.ts';
import { sequence } from './sequence.ts';

/** What can be asked for by name. To add a kind, write a `Deliverable` and name it here. */
export const deliverables: Readonly<Record<string, Deliverable>> = {
  sequence,
  movie,
  poster,
  'contact-sheet': contactSheet,
};

/**
 * Makes the wanted deliverables of a manifest in `place.output`. All or a throw; what a throw leaves in
 * the folder is for the caller to remove. A name that nobody knows is INVALID_INPUT before anything is made.
 */
export async function deliver(
  wanted: readonly string[],
  place: DeliveryPlace,
  known: Readonly<Record<string, Deliverable>> = deliverables,
): Promise<{ readonly files: readonly DeliveredFile[]; readonly warnings: readonly Warning[] }> {
  const names = [...new Set(wanted)];
  const unknown = names.find((name) => !Object.hasOwn(known, name));
  if (unknown !== undefined) {
    const choices = Object.keys(known).join(', ');
    throw new Fault('INVALID_INPUT', `deliverables: there is no "${unknown}". Choose from ${choices}.`);
  }
  const warnings = new Map<string, Warning>();
  const warn = (warning: Warning): void => {
    warnings.set(`${warning.code} ${warning.message}`, warning);
  };
  const context = { ...place, warn, frames: createFrameSource(place, warn) };
  const files: DeliveredFile[] = [];
  for (const name of names) {
    if (place.signal?.aborted) throw cancelled();
    files.push(...(await known[name]!(context)));
  }
  return { files, warnings: [...warnings.values()] };
}
