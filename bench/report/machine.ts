import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus, loadavg, release, totalmem, type } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What the figures depend on beside the code: a line each. */
export function describeMachine(): string[] {
  const [cpu] = cpus()
  const memoryGb = (totalmem() / 2 ** 30).toFixed(0)
  const [load = 0] = loadavg()
  return [
    `${cpus().length} × ${cpu?.model.trim() ?? 'unknown CPU'}, ${memoryGb} GiB, ${type()} ${release()}; load average at the start ${load.toFixed(1)}`,
    `Node ${process.versions.node}; ${['yjs', 'ws', '@hocuspocus/server', '@hocuspocus/provider', 'y-websocket'].map((name) => `${name} ${versionOf(name)}`).join(', ')}; y-websocket server ${versionOf('stock-y-websocket')}`,
    `CloudSync at commit ${describeCommit()}`,
  ]
}

/** Of an installed package. */
export function versionOf(name: string): string {
  // Not every package exports its package.json.
  for (
    let directory = dirname(
      fileURLToPath(
        import.meta.resolve(name === 'stock-y-websocket' ? `${name}/package.json` : name),
      ),
    );
    ;
    directory = dirname(directory)
  ) {
    try {
      const found = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as {
        version?: string
      }
      if (found.version !== undefined) return found.version
    } catch {
      if (directory === dirname(directory)) return 'unknown'
    }
  }
}

export function describeCommit(): string {
  const git = (...args: string[]) =>
    execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  try {
    const isDirty =
      git('status', '--porcelain', '--', 'server', 'crdt', 'protocol', 'storage').length > 0
    return git('rev-parse', '--short', 'HEAD') + (isDirty ? ' with uncommitted changes' : '')
  } catch {
    return 'unknown'
  }
}
