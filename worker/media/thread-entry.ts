import { parentPort } from 'node:worker_threads';
import { Fault } from '#shared/core/fault.ts';
import { operations } from './operations.ts';

interface Call {
  readonly name: keyof typeof operations;
  readonly input: never;
}

parentPort?.on('message', ({ name, input }: Call) => {
  try {
    parentPort?.postMessage({ value: operations[name](input) });
  } catch (error) {
    // A Fault loses its class on the way; what is none is passed on as it is.
    const fault = error instanceof Fault && {
      code: error.code,
      message: error.message,
      details: error.details,
    };
    parentPort?.postMessage(fault ? { fault } : { error });
  }
});
