/** `sexton serve`: one node of a cluster, in this process. Its flags are in serve-options.ts. */
import type { Command } from 'commander';
import { reportError } from '../client-options.js';
import type { CliIo } from '../io.js';
import { addServeOptions, serveSettings, type ServeFlags } from '../serve-options.js';

const HELP = `
Example:
  sexton serve --cluster-id logs-eu-1 --member-id 1 --data-dir /var/lib/sexton \\
    --members 1=sexton-1:7401,2=sexton-2:7401,3=sexton-3:7401 \\
    --object-store 's3://logs?endpoint=https://s3.example.com&region=eu-central-1'

On the first start every initial member must be reachable once. A member of a cluster that runs already is
added first (sexton member add), and its node is started with --join, which it may keep.
SIGTERM and SIGINT stop in order: a leader hands over first. A second signal ends the process at once.

Exit status:
   0  stopped in order              82  directory of another cluster or member
   3  bad input                     83  data directory cannot be used
  70  a bug; please report it       84  data directory is in use
  78  settings do not fit the peers 85  this member's disk was wiped: rejoin as a new member
  80  damaged data: rejoin          86  port in use
  81  a disk write failed           87  object store cannot be used
  89  this member was removed       88  this member's state differs from the majority's: rejoin`;

export function addServe(program: Command, io: CliIo, exit: (status: number) => void): void {
  addServeOptions(program.command('serve').description('run one node of a cluster'))
    .addHelpText('after', HELP)
    .action(async (flags: ServeFlags) => {
      try {
        const settings = serveSettings(flags);
        // Loaded here: a client command pays for neither database nor object store SDK.
        const { runServe } = await import('../../server/serve.js');
        exit(await runServe(settings, { stop: io.interrupt, env: io.env }));
      } catch (error) {
        exit(reportError(io, error));
      }
    });
}
