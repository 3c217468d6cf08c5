/** Seeds that once found a bug, in the product or in the simulator: run each time. README.md tells what each was. */
export const KEPT_SEEDS: readonly number[] = [1096, 1100, 2000, 5002, 20611, 200644, 201690, 300968, 322863];
