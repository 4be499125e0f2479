// A program to be killed: unpacks half a layer into the data root that it is given, says so, and waits.
import { busyboxTar, chainOf } from "./chains.ts";
import { Machine } from "./machine.ts";

const [, , root] = process.argv;
const machine = await Machine.open(root);
const chain = chainOf(await busyboxTar()).map((layer) => ({
  ...layer,
  async *open(): AsyncGenerator<Uint8Array> {
    let size = 0;
    for await (const chunk of layer.open()) {
      yield chunk;
      size += chunk.byteLength;
      if (size < 500_000) continue;
      process.stdout.write("half\n");
      await new Promise((resolve) => setTimeout(resolve, 60_000));
    }
  },
}));
await machine.run("true", { chain });
