import { createHandlers } from '#cli/local/handlers.ts';
import type { Message } from '#events/messages.ts';
import { isFinal } from '#shared/core/render-state.ts';
import type { Ports } from '#shared/ports.ts';
import { receive } from '#shared/receive.ts';
import { faulty, type Weather } from './faulty.ts';
import { createRandom, type Random } from './random.ts';
import { createTurns, quiet, type Turns } from './turns.ts';
import { type Machines, simulateWorker } from './worker.ts';
import { createWorld, drop, FACTS, type World } from './world.ts';

export interface Outcome {
  readonly world: World;
  readonly poison: ReadonlySet<number>;
  /** Every decision in order, for comparing two runs of one seed. */
  readonly trace: readonly string[];
  readonly steps: number;
  readonly settled: boolean;
}

interface Run {
  readonly random: Random;
  readonly turns: Turns;
  readonly world: World;
  readonly ports: Ports;
  readonly weather: Weather;
  readonly machines: Machines;
  readonly trace: string[];
  readonly inFlight: Set<Promise<void>>;
  readonly runs: Map<string, number>;
  readonly handle: (raw: unknown) => Promise<void>;
}

const STORMY_STEPS = 600;
const MOST_STEPS = 60_000;

/** One seeded life of a render: a storm of faults, then fair weather until nothing is left to do. */
export async function simulate(seed: number): Promise<Outcome> {
  const run = prepare(seed);
  const { world, random, weather, machines, trace } = run;
  await drop(world, 'prod/seq/shot/anim_v003.blend', `scene of seed ${seed}`);
  await drop(world, 'prod/seq/shot/render.yaml', settingsText(random));
  world.sent.push({ type: 'object-created', key: 'prod/seq/shot/anim_v003.blend' });
  let steps = 0;
  for (; steps < STORMY_STEPS; steps += 1) await step(run, true);
  Object.assign(weather, { faults: 0 });
  Object.assign(machines, { flaky: 0, crashes: 0, reclaims: 0 });
  for (; steps < MOST_STEPS; steps += 1) {
    if (!(await step(run, false)) && (await settled(world))) break;
  }
  return { world, poison: machines.poison, trace, steps, settled: await settled(world) };
}

function prepare(seed: number): Run {
  const random = createRandom(seed);
  const turns = createTurns(random);
  const world = createWorld();
  const weather = { faults: random.pick([0, 0.01, 0.05, 0.15]) };
  const machines = {
    flaky: random.pick([0, 0.05, 0.3]),
    crashes: random.pick([0, 0.02, 0.1]),
    reclaims: random.pick([0, 0.02, 0.1]),
    poison: new Set(random.chance(0.4) ? [1 + random.below(24), 1 + random.below(24)] : []),
  };
  const guard = <P extends object>(port: P): P => faulty(port, random, turns, weather);
  const ports: Ports = {
    ...world,
    inbox: guard(world.inbox),
    work: guard(world.work),
    renders: guard(world.renders),
    queue: guard(world.queue),
    pool: guard(world.pool),
    scenes: guard(world.scenes),
    deliveries: guard(world.deliveries),
  };
  const holder = { holder: 'simulated', leaseMs: 30_000 };
  const handle = receive(createHandlers(ports, holder), world);
  const base = { random, turns, world, ports, weather, machines, handle };
  return {
    ...base,
    trace: [JSON.stringify({ seed, weather, machines })],
    inFlight: new Set(),
    runs: new Map(),
  };
}

function settingsText(random: Random): string {
  const slice = random.pick(['slice: 5', 'slice: 1', 'slice: 24', 'slice: { target: 20s }']);
  return random.chance(0.3) ? `${slice}\ntiles: 2x1\n` : `${slice}\n`;
}

/** One thing happens; false when nothing could. */
async function step(run: Run, stormy: boolean): Promise<boolean> {
  const { random, turns, world, trace, inFlight } = run;
  const could: (() => void | Promise<void>)[] = [];
  if (turns.waiting() > 0) could.push(...Array.from({ length: 6 }, () => () => turns.release()));
  if (world.sent.length > 0 && inFlight.size < 12) could.push(() => deliver(run, stormy));
  const waiting = [...world.activeSlices].filter(
    ([key]) => !run.runs.has(key) || (run.runs.get(key) ?? 0) < 0,
  );
  if (waiting.length > 0 && inFlight.size < 12)
    could.push(() => startWorker(run, random.pick(waiting), stormy));
  const idle = could.length === 0;
  if (idle || random.chance(0.02)) {
    world.time.now += random.pick([100, 5_000, 70_000]);
    if (idle || random.chance(0.3)) world.sent.push({ type: 'sweep-renders' });
  }
  if (idle) {
    await quiet();
    return !(await settled(world));
  }
  const act = random.pick(could);
  await act();
  trace.push(`${turns.waiting()} ${world.sent.length} ${world.activeSlices.size}`);
  return true;
}

/** Hands out a message: perhaps twice, perhaps not at all (an event that got lost: the sweeper's business). */
async function deliver(run: Run, stormy: boolean): Promise<void> {
  const { random, world } = run;
  const at = random.below(world.sent.length);
  const message = world.sent[at] as Message;
  const keep = stormy && random.chance(0.1);
  if (!keep) world.sent.splice(at, 1);
  run.trace.push(JSON.stringify(message));
  const isEvent = message.type === 'collect-report';
  if (stormy && isEvent && random.chance(0.1)) return;
  launch(run, run.handle(message), () => world.sent.push(message));
  await quiet();
}

async function startWorker(
  run: Run,
  [key, active]: [string, { readonly submission: string; readonly slice: number; readonly renderId: string }],
  stormy: boolean,
): Promise<void> {
  const { random, world, ports, machines, runs } = run;
  const submission = world.submissions.get(active.submission)!;
  const count = Math.abs(runs.get(key) ?? 0) + 1;
  runs.set(key, count);
  const worker = `w${random.below(4)}`;
  const child = { grant: submission.grant, index: active.slice - submission.slices[0], run: count, worker };
  // A batch service that runs one child twice at once does not say so.
  if (stormy && random.chance(0.05))
    launch(
      run,
      simulateWorker(ports, child, machines, random).then(() => {}),
    );
  const life = simulateWorker(ports, child, machines, random)
    .catch(() => 'crashed' as const)
    .then((ended) => {
      if (ended === 'waiting') return void runs.set(key, -count);
      world.activeSlices.delete(key);
      const outcome = ended === 'crashed' ? 'failed' : 'succeeded';
      const lost = stormy && random.chance(0.3);
      const { renderId, slice } = active;
      const told = {
        type: 'watch-batch',
        renderId,
        slice,
        submission: submission.id,
        outcome,
        reason: ended,
      } as const;
      if (!lost) world.sent.push(told);
    });
  launch(run, life);
  await quiet();
}

function launch({ inFlight }: Run, work: Promise<void>, onFailure: () => void = () => {}): void {
  const tracked = work.catch(onFailure).finally(() => inFlight.delete(tracked));
  inFlight.add(tracked);
}

async function settled(world: World): Promise<boolean> {
  const heads = await Array.fromAsync(world.renders.list());
  return heads.length > 0 && heads.every(({ phase }) => isFinal(phase));
}

export const FRAME_COUNT = FACTS.frameEnd;
