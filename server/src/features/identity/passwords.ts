import { hash, verify } from '@node-rs/argon2'
import { ProblemError } from '#platform/problem-error.ts'
import { refuseCommonPassword } from './common-passwords.ts'

/** Argon2id (the library's default variant) as OWASP's Password Storage Cheat Sheet asks for: 19 MiB, two passes. */
const parameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const

export interface PasswordsOptions {
  /** Hashes computed at once; each takes 19 MiB and one of libuv's four threads. */
  readonly concurrency?: number
  /** Hashes that may wait for their turn; more are refused as `unavailable`. */
  readonly maxWaiting?: number
}

/**
 * Hashes and checks passwords, a few at a time, so that a storm of sign-ins neither eats the memory
 * nor starves the file system of threads. Use one per process.
 */
export class Passwords {
  readonly #concurrency: number
  readonly #maxWaiting: number
  readonly #waiting: (() => void)[] = []
  readonly #decoyHash: Promise<string>
  #running = 0

  constructor(options: PasswordsOptions = {}) {
    this.#concurrency = options.concurrency ?? 2
    this.#maxWaiting = options.maxWaiting ?? 200
    this.#decoyHash = hash('nobody has this password', parameters)
    // A failure to hash shows at the first use.
    this.#decoyHash.catch(() => undefined)
  }

  /** Of a password that somebody chooses; throws `password_too_common`. */
  async hash(password: string): Promise<string> {
    await refuseCommonPassword(normalize(password))
    return this.#inTurn(() => hash(normalize(password), parameters))
  }

  /**
   * Whether `password` belongs to `passwordHash`. Without a hash (no such account, or one without a
   * password) the answer is no and takes the same work, so that the time does not tell which it was.
   */
  async verify(passwordHash: string | undefined, password: string): Promise<boolean> {
    const expected = passwordHash ?? (await this.#decoyHash)
    const matches = await this.#inTurn(() => verify(expected, normalize(password)))
    return matches && passwordHash !== undefined
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running < this.#concurrency) this.#running++
    else await this.#wait()
    try {
      return await work()
    } finally {
      // The turn passes on without becoming free in between.
      const next = this.#waiting.shift()
      if (next) next()
      else this.#running--
    }
  }

  #wait(): Promise<void> {
    if (this.#waiting.length >= this.#maxWaiting)
      throw new ProblemError('unavailable', { headers: { 'retry-after': '5' } })
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
    })
  }
}

/** NIST SP 800-63B §3.1.1.2: one normal form, so that a password typed on another device is the same. */
function normalize(password: string): string {
  return password.normalize('NFKC')
}
