// A program to be killed: starts containers of every kind on the data root that it is given, and says their processes' numbers.
import { existsSync } from "node:fs";
import { busyboxTar, chainOf } from "./chains.ts";
import { Machine } from "./machine.ts";

const [, , root] = process.argv;
const machine = await Machine.open(root);
const chain = chainOf(await busyboxTar());
const network = existsSync("/usr/bin/slirp4netns") ? "default" : "none";
const command = "trap '' TERM HUP INT; sleep 1000 & sleep 1000 & wait; sleep 1000";
const containers = [
  await machine.start(command, { chain, network }),
  await machine.start(command, { chain, terminal: { rows: 24, columns: 80 }, keepsInputOpen: true }),
  await machine.start(command, { chain, ipc: "shareable" }),
  await machine.start(command, { chain, pid: "host" }),
  await machine.start(command, { chain }),
];
await containers[0]?.exec({ args: ["sleep", "1000"], keepsInputOpen: false });
await containers[1]?.exec({ args: ["sleep", "1000"], terminal: { rows: 24, columns: 80 }, keepsInputOpen: false });
await containers[4]?.pause();
const pids = await Promise.all(containers.map((container) => container.processes()));
process.stdout.write(`${JSON.stringify(pids.flat())}\n`);
