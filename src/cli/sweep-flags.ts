/** Flags of `sweep check`. */
export interface SweepCheckFlags {
  readonly json?: boolean;
}
