/**
 * `--object-store` and its variable: one string that names where the objects are, and the way from
 * it and the environment to a complete configuration.
 */
import { configError, parseBoolean, resolveS3Config } from './s3-config.js';
import type { DeleteChecksum, Environment, S3Config, S3Options } from './s3-config.js';

export interface LocalConfig {
  readonly kind: 'local';
  readonly directory: string;
}

export type ObjectStoreConfig = S3Config | LocalConfig;

export type ObjectStoreLocation = LocalConfig | ({ readonly kind: 's3' } & S3Options);

const FORMS = 's3://BUCKET?endpoint=URL&region=NAME, local:DIRECTORY, or a path that begins with / or .';

/**
 * `s3://bucket?endpoint=…&region=…&path-style=true&tls-skip-verify=false&checksum=auto|md5&delete-batch-max=1000`,
 * `local:/path`, `/path` or `./path`. Throws INVALID_ARGUMENT.
 */
export function parseObjectStoreUrl(text: string): ObjectStoreLocation {
  if (text.startsWith('local:')) return local(text.slice('local:'.length));
  if (/^\.{0,2}\//.test(text)) return local(text);
  if (!text.startsWith('s3://')) {
    const scheme = /^[A-Za-z][A-Za-z0-9+.-]*:/.exec(text)?.[0];
    throw configError(
      '--object-store',
      scheme === undefined ? `must be ${FORMS}` : `does not know ${scheme}; it must be ${FORMS}`,
    );
  }
  let url;
  try {
    url = new URL(text);
  } catch {
    throw configError('--object-store', `is not a URL; it must be ${FORMS}`);
  }
  if (url.username !== '' || url.password !== '') {
    throw configError(
      '--object-store',
      'carries credentials; use AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY instead',
    );
  }
  if (url.pathname !== '' && url.pathname !== '/') {
    throw configError(
      '--object-store',
      `names ${url.pathname} inside the bucket; streams own their prefixes from the bucket's root`,
    );
  }
  return {
    kind: 's3',
    ...(url.host === '' ? {} : { bucket: url.host }),
    ...readParameters(url.searchParams),
  };
}

function local(directory: string): LocalConfig {
  if (directory === '')
    throw configError('--object-store', 'local: needs a directory, as in local:/var/lib/sexton/objects');
  return { kind: 'local', directory };
}

function readParameters(parameters: URLSearchParams): S3Options {
  const options: { -readonly [field in keyof S3Options]: S3Options[field] } = {};
  for (const [name, value] of parameters) {
    const field = `--object-store ${name}`;
    switch (name) {
      case 'endpoint':
        options.endpoint = value;
        break;
      case 'region':
        options.region = value;
        break;
      case 'path-style':
        options.pathStyle = parseBoolean(field, value);
        break;
      case 'tls-skip-verify':
        options.tlsSkipVerify = parseBoolean(field, value);
        break;
      case 'checksum':
        if (!isChecksum(value)) throw configError(field, `${JSON.stringify(value)} must be auto or md5`);
        options.checksum = value;
        break;
      case 'delete-batch-max':
        options.deleteBatchMax = Number(value);
        if (!/^\d+$/.test(value) || options.deleteBatchMax < 1 || options.deleteBatchMax > 1000) {
          throw configError(field, `${JSON.stringify(value)} must be a whole number from 1 to 1000`);
        }
        break;
      default:
        // The value may be a secret put in the wrong place: it is not repeated.
        throw configError(
          '--object-store',
          `does not know the parameter ${JSON.stringify(name)}; it takes endpoint, region, path-style, tls-skip-verify, checksum, delete-batch-max (credentials come from the environment)`,
        );
    }
  }
  return options;
}

function isChecksum(value: string): value is DeleteChecksum {
  return value === 'auto' || value === 'md5';
}

/**
 * The complete configuration. Without a location, `P_S3_BUCKET` or `P_S3_URL` in the environment means S3, so
 * that a Parseable environment works as it is; undefined: nothing names a store, use the embedded default.
 */
export function resolveObjectStoreConfig(location: ObjectStoreLocation, env: Environment): ObjectStoreConfig;
export function resolveObjectStoreConfig(
  location: ObjectStoreLocation | undefined,
  env: Environment,
): ObjectStoreConfig | undefined;
export function resolveObjectStoreConfig(
  location: ObjectStoreLocation | undefined,
  env: Environment,
): ObjectStoreConfig | undefined {
  if (location?.kind === 'local') return location;
  if (location === undefined && !env['P_S3_BUCKET'] && !env['P_S3_URL']) return undefined;
  return resolveS3Config(location ?? {}, env);
}
