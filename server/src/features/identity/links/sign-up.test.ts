import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ada, startIdentity } from '../testing/start-identity.ts'
import { mailedToken, mailsTo } from '../testing/read-mail.ts'

const bob = 'bob@example.org'
const person = { name: 'Bob', password: 'bob likes bytes' }

async function startSignUp(policy?: { mode: string; domains?: string[] }) {
  const fixture = await startIdentity()
  const { server } = fixture
  const admin = (await server.signIn()).accessToken
  const setPolicy = (body: { mode: string; domains?: string[] }) =>
    server.call('PUT', '/admin/sign-up-policy', { token: admin, body: { domains: [], ...body } })
  if (policy) assert.equal((await setPolicy(policy)).status, 200)
  const signUp = (email: string, from = '192.0.2.1') =>
    server.call('POST', '/auth/sign-up', { body: { email }, from })
  return { ...fixture, admin, setPolicy, signUp }
}

test('unless an administrator opens it nobody signs up', async () => {
  await using fixture = await startSignUp()
  const { server, signUp } = fixture
  const closed = await server.call('GET', '/auth/sign-up')
  assert.deepEqual(closed.body, { isOpen: false, domains: [] })
  for (const email of [bob, ada.email])
    assert.equal((await signUp(email)).body['code'], 'sign_up_closed')
  assert.deepEqual(await mailsTo(fixture, bob), [])
})

test('where sign-up is open an account is made by who reads at its address', async () => {
  await using fixture = await startSignUp({ mode: 'open' })
  const { server, signUp } = fixture
  assert.equal((await signUp(bob)).status, 202)
  const token = await mailedToken(fixture, bob)
  const body = { token, ...person }
  assert.equal((await server.call('POST', '/auth/invitations/accept', { body })).status, 201)
  await server.signIn({ email: bob, password: person.password })
})

test('an address with an account and one without get the same answer, and only their mails differ', async () => {
  await using fixture = await startSignUp({ mode: 'open' })
  const answers = [await fixture.signUp(bob), await fixture.signUp(ada.email)]
  for (const answer of answers) {
    assert.equal(answer.status, 202)
    assert.deepEqual(answer.body, {})
  }
  // What is true of the address is looked up after the answer: one row waits for each, of one kind.
  const waiting = await fixture.db.kysely.selectFrom('mail_outbox').select('sealed').execute()
  assert.equal(waiting.length, 2)
  const [known] = await mailsTo(fixture, ada.email)
  assert.match(known?.subject ?? '', /already/)
  assert.doesNotMatch(known?.text ?? '', /#/)
  const [unknown] = await mailsTo(fixture, bob)
  assert.match(unknown?.text ?? '', /\/join#/)
})

test('domains are admitted by their whole name', async () => {
  await using fixture = await startSignUp({ mode: 'domains', domains: ['Example.org'] })
  const { server, signUp } = fixture
  const state = await server.call('GET', '/auth/sign-up')
  assert.deepEqual(state.body, { isOpen: true, domains: ['example.org'] })
  assert.equal((await signUp('BOB@EXAMPLE.ORG')).status, 202)
  for (const email of ['bob@sub.example.org', 'bob@badexample.org', 'bob@example.org.evil.test'])
    assert.equal((await signUp(email)).body['code'], 'sign_up_closed', email)
})

test('a link of a time when sign-up was open makes no account when it is closed', async () => {
  await using fixture = await startSignUp({ mode: 'open' })
  const { server, signUp, setPolicy } = fixture
  await signUp(bob)
  const token = await mailedToken(fixture, bob)
  await setPolicy({ mode: 'closed' })
  const body = { token, ...person }
  const answer = await server.call('POST', '/auth/invitations/accept', { body })
  assert.equal(answer.body['code'], 'sign_up_closed')
})

test('nobody is written to more than three times an hour, wherever that is asked from', async () => {
  await using fixture = await startSignUp({ mode: 'open' })
  for (let count = 0; count < 6; count++) {
    assert.equal((await fixture.signUp(bob, `192.0.2.${count}`)).status, 202)
    await fixture.signUp(ada.email, `198.51.100.${count}`)
  }
  assert.equal((await mailsTo(fixture, bob)).length, 3)
  assert.equal((await mailsTo(fixture, ada.email)).length, 3)
})

test('a policy names domains and nothing else', async () => {
  await using fixture = await startSignUp()
  for (const domains of [['@example.org'], ['example'], ['exa mple.org'], ['*.example.org'], ['']])
    assert.equal((await fixture.setPolicy({ mode: 'domains', domains })).status, 400, domains[0])
})
