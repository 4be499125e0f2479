/** `GET /networks`, `GET /networks/{id}`. */
export interface NetworkJson {
  readonly Name: string;
  readonly Id: string;
  /** RFC 3339. */
  readonly Created: string;
  readonly Scope: string;
  readonly Driver: string;
  readonly EnableIPv4: boolean;
  readonly EnableIPv6: boolean;
  readonly IPAM: {
    readonly Driver: string;
    readonly Options: null;
    readonly Config: readonly { readonly Subnet: string; readonly Gateway: string }[] | null;
  };
  readonly Internal: boolean;
  readonly Attachable: boolean;
  readonly Ingress: boolean;
  readonly ConfigFrom: { readonly Network: string };
  readonly ConfigOnly: boolean;
  /** By ID; only when one network is asked for. */
  readonly Containers: Readonly<Record<string, object>>;
  readonly Options: object;
  readonly Labels: object;
}
