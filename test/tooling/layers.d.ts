/** Types of `layers.js`, which is JavaScript because ESLint loads it as it is. */
export interface LayerRules {
  readonly values: readonly string[];
  readonly types: readonly string[];
  readonly lazy?: readonly string[];
  readonly packages: readonly string[];
  readonly builtins: boolean;
}
export const LAYERS: Readonly<Record<string, LayerRules>>;
export const PURE_LAYERS: readonly string[];
