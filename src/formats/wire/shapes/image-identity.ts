/** Where an image is known to come from; since 1.53, each list only when something is known. */
export interface ImageIdentityJson {
  readonly Signature?: readonly Readonly<Record<string, unknown>>[];
  readonly Pull?: readonly { readonly Repository: string }[];
  readonly Build?: readonly { readonly Ref: string; readonly CreatedAt: string }[];
}
