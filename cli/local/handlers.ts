import type { Ports } from '#shared/ports.ts';
import type { Handlers } from '#shared/receive.ts';
import { assembleRender } from '#shared/usecases/assemble-render.ts';
import { collectReport } from '#shared/usecases/collect-report.ts';
import { dispatchSlices } from '#shared/usecases/dispatch-slices.ts';
import { planRender } from '#shared/usecases/plan-render.ts';
import { publishRender } from '#shared/usecases/publish-render.ts';
import { recheckInbox, requestRender } from '#shared/usecases/request-render.ts';
import { sweepRenders } from '#shared/usecases/sweep-renders.ts';
import { watchBatch } from '#shared/usecases/watch-batch.ts';

/** Every use-case, bound: what the functions of a cloud are one by one. */
export const createHandlers = (
  ports: Ports,
  assembly: { readonly holder: string; readonly leaseMs: number },
): Handlers => ({
  'object-created': requestRender(ports),
  'plan-render': planRender(ports),
  'dispatch-slices': dispatchSlices(ports),
  'collect-report': collectReport(ports),
  'assemble-render': assembleRender(ports, assembly),
  'publish-render': publishRender(ports),
  'watch-batch': watchBatch(ports),
  'sweep-renders': sweepRenders(ports, recheckInbox(ports)),
});
