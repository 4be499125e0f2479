// A program for a network namespace of its own: what does a process in the default network reach of this machine?
import { createServer } from "node:net";
import { busyboxTar, chainOf } from "./chains.ts";
import { Machine } from "./machine.ts";

const [, , outside = ""] = process.argv;
for (const [address, word] of [
  [outside, "outside"],
  ["127.0.0.1", "loopback"],
] as const) {
  const server = createServer((socket) => socket.end(`${word}\n`)).listen(8099, address);
  await new Promise((resolve) => server.once("listening", resolve));
  server.unref();
}
await using machine = await Machine.open();
const command = `for a in ${outside} 10.0.2.2 127.0.0.1; do busybox nc -w 2 $a 8099 </dev/null || echo no $a; done`;
const { stdout } = await machine.run(command, { chain: chainOf(await busyboxTar()), network: "default" });
process.stdout.write(stdout);
