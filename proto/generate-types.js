/**
 * Writes the TypeScript types of proto/ into a directory (default: src/generated), by
 * proto-loader-gen-types. The flags are the loader options of src/rpc/proto.ts; the drift test runs
 * this same file into a temporary directory and compares.
 *
 *   node proto/generate-types.js [directory]
 *
 * `--longs=Number`: every 64-bit field of Sexton stays below 2^53, and one that does not becomes a
 * double that `Number.isSafeInteger` refuses, so nothing is rounded unnoticed.
 */
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const outDir = resolve(process.argv[2] ?? join(root, 'src/generated'));
const loader = createRequire(import.meta.url).resolve('@grpc/proto-loader');
const generator = join(dirname(loader), '../bin/proto-loader-gen-types.js');

rmSync(outDir, { recursive: true, force: true });
execFileSync(
  process.execPath,
  [
    generator,
    '--longs=Number',
    '--enums=String',
    '--defaults',
    '--oneofs',
    '--includeComments',
    '--grpcLib=@grpc/grpc-js',
    '--importFileExtension=.js',
    '--includeDirs=proto',
    `--outDir=${outDir}`,
    'sexton/v1/stream_service.proto',
    'sexton/v1/ingest_service.proto',
    'sexton/v1/cluster_service.proto',
    'sexton/v1/storage_service.proto',
    'sexton/raft/v1/raft_service.proto',
    'google/rpc/status.proto',
    'google/rpc/error_details.proto',
  ],
  { cwd: root, stdio: 'inherit' },
);

// These two hold no service, and what the tool writes for such a file does not pass noUnusedLocals;
// nothing needs it, since the messages are files of their own.
for (const file of ['status.ts', 'error_details.ts']) rmSync(join(outDir, file));
