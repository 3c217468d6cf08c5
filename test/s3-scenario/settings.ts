/** What the environment says of the server under test and of how much to do to it. `main.ts` lists the variables. */

export type BucketKind = 'plain' | 'versioned';

export interface Settings {
  readonly endpoint: string;
  readonly region: string;
  /** Over all streams of the one scenario that is about many objects. */
  readonly objects: number;
  readonly kinds: readonly BucketKind[];
  /** Undefined: all of them. */
  readonly scenarios: readonly string[] | undefined;
  /** Scenarios side by side; most of their time is waiting. */
  readonly atOnce: number;
}

const KINDS: readonly string[] = ['plain', 'versioned'] satisfies BucketKind[];

/** Undefined without an endpoint: there is nothing to test on. Throws for what it cannot make sense of. */
export function readSettings(env: NodeJS.ProcessEnv, scenarioNames: readonly string[]): Settings | undefined {
  const endpoint = env['SEXTON_TEST_S3_ENDPOINT'] ?? '';
  if (endpoint === '') return undefined;
  return {
    endpoint,
    region: env['AWS_REGION'] ?? 'us-east-1',
    objects: wholeNumber(env, 'SEXTON_TEST_S3_OBJECTS', 100_000, 1_000),
    kinds: listOf(env, 'SEXTON_TEST_S3_CASES', KINDS) as readonly BucketKind[],
    scenarios: listOf(env, 'SEXTON_TEST_S3_SCENARIOS', scenarioNames),
    atOnce: wholeNumber(env, 'SEXTON_TEST_S3_AT_ONCE', 3, 1),
  };
}

function listOf(env: NodeJS.ProcessEnv, variable: string, known: readonly string[]): readonly string[] {
  const words = (env[variable] ?? known.join(',')).split(',').map((word) => word.trim());
  const odd = words.find((word) => !known.includes(word));
  if (odd !== undefined) throw new Error(`${variable} says '${odd}'; it knows ${known.join(', ')}`);
  return words;
}

function wholeNumber(env: NodeJS.ProcessEnv, variable: string, byDefault: number, min: number): number {
  const number = Number(env[variable] ?? byDefault);
  if (!Number.isSafeInteger(number) || number < min)
    throw new Error(`${variable} must be a whole number from ${min}`);
  return number;
}
