import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openTestDatabase } from '../../../testing/test-database.ts'
import { openTestKeys } from '../../../testing/test-keys.ts'
import { inTransaction } from '#platform/db/transaction.ts'
import { AccessTokens } from './access-tokens.ts'
import { createAccount } from './accounts.ts'
import { Challenges } from './challenges.ts'
import { CookieSessions } from './cookie-sessions.ts'
import { noEndedSessions } from './ended-sessions.ts'
import { Jwt } from './jwt.ts'
import { Passwords } from './passwords.ts'
import { RefreshTokens } from './refresh-tokens.ts'
import { Sessions } from './sessions.ts'
import { SignIn } from './sign-in.ts'
import { SignInLimits } from './sign-in-limits.ts'
import { SigningKeys } from './signing-keys.ts'
import { ada, silentLog, TestClock } from './testing/start-identity.ts'
import { noNotices } from '../../../testing/alone.ts'

/** Tells what was verified, and lets a test step in right after. */
class WatchedPasswords extends Passwords {
  readonly verified: boolean[] = []
  afterVerify: () => Promise<void> = () => Promise.resolve()

  override async verify(passwordHash: string | undefined, password: string): Promise<boolean> {
    this.verified.push(passwordHash !== undefined)
    const isRight = await super.verify(passwordHash, password)
    await this.afterVerify()
    return isRight
  }
}

async function openSignIn() {
  const test = await openTestDatabase()
  const db = test.database
  const clock = new TestClock()
  const keys = await SigningKeys.open({ db, keys: await openTestKeys(db), clock })
  const log = silentLog
  const ended = noEndedSessions
  const sessions = new Sessions({ db, clock, log, notices: noNotices, ended })
  const passwords = new WatchedPasswords()
  const passwordHash = await passwords.hash(ada.password)
  const account = { email: ada.email, name: 'Ada', passwordHash, isAdmin: false }
  await inTransaction(db, (tx) => createAccount(tx, account))
  const signIn = new SignIn({
    db,
    log,
    passwords,
    limits: new SignInLimits(),
    challenges: new Challenges(clock),
    sessions,
    refreshTokens: new RefreshTokens(keys.successorSecret, clock),
    accessTokens: new AccessTokens(new Jwt({ keys, issuer: 'cs', clock }), sessions, clock),
    cookieSessions: new CookieSessions({ db, clock, log, sessions }),
  })
  const attempt = (email: string, password: string) =>
    signIn.withPassword({
      email,
      password,
      address: '192.0.2.1',
      userAgent: 'test',
      keepsCookie: false,
    })
  return { db, passwords, attempt, [Symbol.asyncDispose]: () => test[Symbol.asyncDispose]() }
}

test('an unknown address costs the same hash as a wrong password', async () => {
  await using opened = await openSignIn()
  const { attempt, passwords } = opened
  await assert.rejects(attempt(ada.email, 'wrong password'), { code: 'wrong_credentials' })
  await assert.rejects(attempt('bob@example.org', 'wrong password'), { code: 'wrong_credentials' })
  await assert.rejects(attempt('no address', 'wrong password'), { code: 'wrong_credentials' })
  await assert.rejects(attempt('nul\u0000@example.org', 'x'), { code: 'wrong_credentials' })
  assert.deepEqual(passwords.verified, [true, false, false, false])
})

test('an account without a password cannot be signed in to by one', async () => {
  await using opened = await openSignIn()
  await opened.db.kysely.updateTable('users').set({ password_hash: null }).execute()
  await assert.rejects(opened.attempt(ada.email, ada.password), { code: 'wrong_credentials' })
  assert.deepEqual(opened.passwords.verified, [false])
})

test('a password that is changed while it is verified opens no session', async () => {
  await using opened = await openSignIn()
  const { db, passwords, attempt } = opened
  const next = await passwords.hash('the next password')
  passwords.afterVerify = async () => {
    await db.kysely.updateTable('users').set({ password_hash: next }).execute()
  }
  await assert.rejects(attempt(ada.email, ada.password), { code: 'wrong_credentials' })
  assert.deepEqual(await db.kysely.selectFrom('sessions').select('id').execute(), [])
})
