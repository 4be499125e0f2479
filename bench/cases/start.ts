import { tinyImages } from "../corpus/index.ts";
import { levelGround } from "../measure/level-ground.ts";
import type { Daemon, Target } from "../targets/target.ts";
import type { Case } from "./case.ts";
import { expectLoaded, load } from "./own-images.ts";
import { withDataRoot } from "./own-daemon.ts";

export const startEmpty = startCase(0);
export const startFull = startCase(1_000);

/** From the call that makes the process until the first answer; with images also until the first list. */
function startCase(images: number): Case {
  const where = images === 0 ? "empty data root" : `${images.toLocaleString("en")} images`;
  return {
    name: images === 0 ? "start" : `start-${images}`,
    targets: ["slipway"],
    measures: [
      { id: "answer", title: `start to first answer, ${where}`, unit: "ms", goal: { below: 300 } },
      { id: "list", title: `start to first list, ${where}`, unit: "ms" },
    ],
    async setup() {},
    run({ target }) {
      return withDataRoot(async (dataRoot) => {
        if (images > 0) await fill(target, dataRoot, images);
        await levelGround();
        await using daemon = await launchOn(target, dataRoot);
        const { elapsedMs } = await daemon.client.ask("GET", "/images/json");
        return [
          { measure: "answer", value: daemon.firstAnswerMs },
          { measure: "list", value: daemon.firstAnswerMs + elapsedMs },
        ];
      });
    },
    async teardown() {},
  };
}

async function fill(target: Target, dataRoot: string, images: number): Promise<void> {
  await using daemon = await launchOn(target, dataRoot);
  const archive = await tinyImages(images, { tagged: true });
  await load(daemon.client, archive);
  await expectLoaded(daemon.client, archive);
}

function launchOn(target: Target, dataRoot: string): Promise<Daemon> {
  if (target.launch === undefined) throw new TypeError(`${target.name} cannot be launched`);
  return target.launch(dataRoot);
}
