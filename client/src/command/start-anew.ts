/**
 * What V8 and the C library take only when a process starts. A young generation that is neither grown nor shrunk, of
 * twice so many megabytes; and a collection that can be asked for after much was done at once.
 */
const flags = ['--min-semi-space-size=4', '--max-semi-space-size=4', '--expose-gc']

/**
 * Of what is written, each file is brought to the disk by a call that waits for it: more that wait at once share what the
 * disk does for them.
 *
 * Threads of glibc have an arena each, in which what one of them frees serves no other one, and it keeps what was large
 * once it has seen something so large go: sixty megabytes after a hundred thousand files.
 */
const settings = {
  UV_THREADPOOL_SIZE: '8',
  MALLOC_ARENA_MAX: '1',
  MALLOC_MMAP_THRESHOLD_: '131072',
}

/** Of the commands, the one that stays. */
const stays = 'run'

type Self = Pick<NodeJS.Process, 'argv' | 'execArgv' | 'execPath' | 'env' | 'platform'> & {
  readonly execve?: NodeJS.Process['execve']
}

/**
 * Has this very process begin again with them, where the system and Node can (Windows cannot) and it is to stay for long;
 * else it goes on as it is. To be called before anything else has happened.
 */
export function startAnewToStay(self: Self): void {
  const { argv, execArgv, execPath, env, platform } = self
  if (argv[2] !== stays || execArgv.includes('--expose-gc')) return
  if (platform === 'win32' || !self.execve) return
  try {
    const args = [execPath, ...flags, ...execArgv, ...argv.slice(1)]
    self.execve(execPath, args, { ...settings, ...env })
  } catch {
    // Where it may not: it takes more memory, and does the same.
  }
}
