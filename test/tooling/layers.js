/**
 * Who may import whom, as one table. `layer-fence.js` turns it into lint errors; `fences.test.ts`
 * forges a violation of every row and expects the error.
 *
 *   cli   client ~~ gRPC ~~> server        arrows point down only, and nothing points at a face
 *             \               |
 *              rpc          node
 *                  +---------+---------+--------------+
 *                raft    catalog    storage     purge --> objectstore
 *                  +---------+---------+--------------+
 *                                 shared
 *
 * A folder may always import itself. The lists name what else it may import:
 *   values    what runs
 *   types     `import type` only: the ports and vocabularies that layers agree on
 *   lazy      `await import()` only: what most runs of the command line never load
 *   packages  npm packages that are this folder's alone or its business (`node:` is `builtins`)
 *
 * `generated/` has no row: the generator writes it, and the lint leaves it alone.
 *
 * The pure folders may import single files of `shared/`, not the folder: its clock, logger and
 * backoff are exactly what they must not see.
 */
const PURE_HELPERS = ['shared/assert', 'shared/binary', 'shared/errors', 'shared/configuration-codec'];
const GRPC = ['@grpc/grpc-js', '@grpc/proto-loader'];

export const LAYERS = {
  shared: { values: [], types: ['raft/types'], packages: [], builtins: true },
  raft: { values: PURE_HELPERS, types: [], packages: [], builtins: false },
  catalog: { values: PURE_HELPERS, types: ['raft/types'], packages: [], builtins: false },
  storage: {
    values: ['shared', 'raft', 'catalog'],
    types: [],
    packages: ['level', 'classic-level', 'abstract-level', '@node-rs/crc32'],
    builtins: true,
  },
  // Rules over keys and over what a writer's metadata says: purges, audits and the helper judge alike.
  'bucket-layout': { values: ['catalog/names'], types: [], packages: [], builtins: false },
  objectstore: {
    values: ['shared'],
    types: [],
    packages: ['@aws-sdk/', '@smithy/', '@aws-crypto/'],
    builtins: true,
  },
  purge: {
    values: ['shared', 'catalog', 'objectstore', 'bucket-layout'],
    types: ['raft/types'],
    packages: [],
    builtins: true,
  },
  audit: {
    values: ['shared', 'catalog', 'objectstore', 'bucket-layout', 'purge/throttle'],
    types: [],
    packages: [],
    builtins: true,
  },
  rpc: {
    values: ['shared', 'catalog', 'raft', 'generated'],
    types: [
      'audit/findings',
      'purge/purge-status',
      'node/node-api',
      'node/transport/transport',
      'storage/node-storage',
    ],
    packages: [...GRPC, '@node-rs/crc32'],
    builtins: true,
  },
  node: {
    values: ['shared', 'raft', 'catalog', 'storage', 'objectstore', 'purge', 'rpc', 'generated'],
    types: [],
    packages: [...GRPC, 'prom-client'],
    builtins: true,
  },
  server: {
    values: [
      'shared',
      'raft',
      'catalog',
      'storage',
      'objectstore',
      'purge',
      'rpc',
      'generated',
      'node',
      'audit',
    ],
    types: [],
    packages: [...GRPC, '@grpc/reflection', 'grpc-health-check', 'prom-client', 'pino', 'pino-pretty'],
    builtins: true,
  },
  client: { values: ['shared', 'rpc', 'generated'], types: [], packages: GRPC, builtins: true },
  cli: {
    values: ['client', 'shared', 'rpc', 'generated'],
    types: ['node', 'server', 'demo', 'parseable'],
    lazy: ['node', 'server', 'demo', 'objectstore', 'storage', 'parseable'],
    packages: ['commander'],
    builtins: true,
  },
  // A program of its own that happens to ship with the command line: what it knows of Sexton is the client.
  parseable: {
    values: ['client', 'shared'],
    types: [],
    packages: ['httpxy', 'prom-client'],
    builtins: true,
  },
  demo: {
    values: ['client', 'shared', 'rpc', 'generated', 'cli', 'objectstore'],
    types: [],
    packages: [],
    builtins: true,
  },
};

/** The folders without clock, randomness, timers or waiting. */
export const PURE_LAYERS = ['raft', 'catalog'];
