/** Seeds that once found a bug, in the product or in the simulator, without a Parseable: run each time. README.md tells what each was. */
export const KEPT_SEEDS: readonly number[] = [1096, 1100, 2000, 5002, 20611, 200644, 201690, 300968, 322863];

/** The same with one. */
export const KEPT_PARSEABLE_SEEDS: readonly number[] = [39, 45, 75, 142, 147, 180, 193, 196, 2059, 53385];
