import type { Warning } from "#dockerfile";
import type { PullEvent } from "#images";
import type { ImageId } from "#oci";
import type { CredentialSource } from "#registry";
import type { RunSpec } from "#runtime";

export interface BuildRequest {
  /** The context as a tar in any compression; without it there is nothing to copy from. */
  readonly context?: AsyncIterable<Uint8Array>;
  /** Further contexts, by the name that FROM or `--from` says: where to get them, see `BuildPart` for those sent along. */
  readonly contexts?: ReadonlyMap<string, string>;
  /** What comes in one stream, one after the other and in any order. */
  readonly parts?: AsyncIterable<BuildPart>;
  /** A git repository or URL to take the context from, instead. */
  readonly remote?: string;
  /** Where the Dockerfile is in the context; empty is `Dockerfile`. */
  readonly dockerfile?: string;
  /** Names for the result, as the user wrote them. */
  readonly tags?: readonly string[];
  /** A null is a name given without a value. */
  readonly buildArgs?: Readonly<Record<string, string | null>>;
  /** Added to the result's labels. */
  readonly labels?: Readonly<Record<string, string>>;
  /** The stage to build; by default the last. */
  readonly target?: string;
  /** As the user wrote it, `os[/arch[/variant]]`; by default this machine's. */
  readonly platform?: string;
  /** Only check the Dockerfile: findings come as events, and the end is an error if they are to be one. */
  readonly checkOnly?: boolean;
  /** Every step is made anew. */
  readonly noCache?: boolean;
  /** Base images are asked for at their registries even if they are here. */
  readonly pull?: boolean;
  /** Tell of every step that makes a layer why it was not found in the cache. */
  readonly explain?: boolean;
  /** Images whose layers may be taken for steps that made them; those that are not here are pulled. */
  readonly cacheFrom?: readonly string[];
  /** One layer on top of what the last stage is FROM. */
  readonly squash?: boolean;
  /** What becomes of the result; an image unless given. */
  readonly output?: "image" | "files";
  readonly credentials?: CredentialSource;
  /** For every RUN that does not say otherwise. `host` also lets a RUN ask for it. */
  readonly network?: RunSpec["network"];
  /** Around every RUN. */
  readonly sandbox?: Pick<RunSpec, "extraHosts" | "limits" | "ulimits" | "shmSize" | "cgroupParent">;
  /** By ID: what `RUN --mount=type=secret` shows, and nothing else ever does. */
  readonly secrets?: ReadonlyMap<string, Uint8Array>;
  /** By ID: sockets of SSH agents on this machine. */
  readonly sshAgents?: ReadonlyMap<string, string>;
}

/** One thing of several that a build is sent. Each is read before the next is asked for. */
export type BuildPart =
  /** A tar in any compression: the build's own context, or a further one with a name. */
  | { readonly type: "context"; readonly name?: string; readonly tar: AsyncIterable<Uint8Array> }
  | { readonly type: "secret"; readonly id: string; readonly value: Uint8Array }
  /** A private key without a passphrase, for an agent that the build starts. */
  | { readonly type: "ssh"; readonly id: string; readonly key: Uint8Array };

/** Number of a step among all, from 1. */
export interface StepPlace {
  readonly number: number;
  readonly total: number;
}

export type BuildEvent =
  /** An instruction begins. `text` is the line as it was written. */
  | ({ readonly type: "step"; readonly text: string } & StepPlace)
  /** A base image is fetched. */
  | { readonly type: "pull"; readonly event: PullEvent }
  /** What follows is built for this platform, one of several. */
  | { readonly type: "platform"; readonly platform: string }
  | { readonly type: "triggers"; readonly count: number }
  /** The step was done before. */
  | { readonly type: "cached" }
  /** The step was not found in the cache, and why. Only told if the request wants to know. */
  | { readonly type: "missed"; readonly reason: string }
  /** The step is at work; `id` names its surroundings, 12 hex digits. */
  | { readonly type: "running"; readonly id: string }
  | { readonly type: "output"; readonly stream: "stdout" | "stderr"; readonly text: string }
  | { readonly type: "ran"; readonly id: string }
  /** A step has ended; undefined for what is no image, as `FROM scratch`. */
  | { readonly type: "result"; readonly id: ImageId | undefined }
  /** The last step of a stage has ended. */
  | { readonly type: "stage"; readonly id: ImageId }
  | { readonly type: "warning"; readonly text: string }
  /** What the checks of the Dockerfile have found. */
  | { readonly type: "finding"; readonly finding: Warning }
  /** Where in the Dockerfile the mistake is that the build is about to end with, drawn in lines. */
  | { readonly type: "excerpt"; readonly text: string }
  /** Build arguments that no ARG asked for. */
  | { readonly type: "unconsumed"; readonly names: readonly string[] }
  /** What was built without becoming an image: a tar, to be read before the next event is asked for. */
  | { readonly type: "files"; readonly tar: AsyncIterable<Uint8Array> }
  | { readonly type: "built"; readonly id: ImageId }
  | { readonly type: "tagged"; readonly name: string }
  | { readonly type: "done"; readonly id: ImageId };
