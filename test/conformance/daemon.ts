import { startSlipway, temporaryFolder } from "../workbench/index.ts";

/** An empty daemon that goes away with the test. */
export interface TestDaemon extends AsyncDisposable {
  readonly socket: string;
  /** For files of the test's own. */
  readonly folder: string;
}

export async function openDaemon(): Promise<TestDaemon> {
  await using opening = new AsyncDisposableStack();
  const { path: folder } = opening.use(await temporaryFolder());
  const { socket } = opening.use(await startSlipway(`${folder}/data`));
  const opened = opening.move();
  return { socket, folder, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}
