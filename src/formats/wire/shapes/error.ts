/** The body of every answer with a status of 400 and more; exactly one member. */
export interface ErrorJson {
  readonly message: string;
}
