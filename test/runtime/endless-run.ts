// A program to be killed: runs something without end on the data root that it is given, and says so.
import { busyboxTar, chainOf } from "./chains.ts";
import { Machine } from "./machine.ts";

const [, , root] = process.argv;
const machine = await Machine.open(root);
await machine.run("echo on; sleep 1000", {
  chain: chainOf(await busyboxTar()),
  onOutput: () => void process.stdout.write("on\n"),
});
