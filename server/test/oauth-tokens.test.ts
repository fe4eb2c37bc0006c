import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { suite, test } from 'node:test'
import { tokenScopes } from '@cloudsync/protocol'
import * as client from 'openid-client'
import { decide, OAuthApp, openConsent } from '../testing/oauth-app.ts'
import { startTestServer, type TestServer } from '../testing/index.ts'

const scopes = tokenScopes.filter((scope) => scope !== 'admin')

/** The token of a service account that may do all that one may. */
async function makeServiceToken({ admin }: TestServer): Promise<string> {
  const { id } = await admin.post<{ id: string }>('/admin/service-accounts', { name: 'Nightly' })
  const path = `/admin/service-accounts/${id}/tokens`
  const body = { name: 'a program', scopes, expiresInDays: 1 }
  return (await admin.post<{ token: string }>(path, body)).token
}

suite('letting an app in, and connecting an account elsewhere', () => {
  test('takes somebody who has signed in: no token of a person, a service account or an app does', async () => {
    await using server = await startTestServer()
    const { admin, url } = server
    const app = await OAuthApp.register(admin, { scopes: ['openid', ...tokenScopes] })
    const begun = await app.begin('openid files:read')
    const uid = await openConsent(begun.url, begun.browser)
    const { user_code: userCode } = await client.initiateDeviceAuthorization(
      (await OAuthApp.of(url, { id: 'cloudsync-cli', clientSecret: null }, '')).configuration,
      { scope: 'files:read' },
    )
    const tokens = {
      'of a person': (await admin.withToken(tokenScopes)).caller.accessToken,
      'of a service account': await makeServiceToken(server),
      'of an app': (await app.signIn(admin, tokenScopes.join(' '))).access_token,
    }
    const requests = [
      ['GET', `/oauth/interactions/${uid}/consent`],
      ['POST', `/oauth/interactions/${uid}/consent`, { decision: 'allow' }],
      ['POST', '/oauth/device-codes/look', { userCode }],
      ['POST', '/oauth/device-codes/decide', { userCode, decision: 'allow' }],
      ['POST', '/me/external-identities/home/start'],
      ['DELETE', `/me/external-identities/${randomUUID()}`],
      ['DELETE', `/me/grants/${app.id}`],
    ] as const
    for (const [whose, token] of Object.entries(tokens))
      for (const [method, path, body] of requests) {
        const answer = await begun.browser.send(`${url}/api/v1${path}`, {
          method,
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        })
        assert.equal(answer.status, 403, `${method} ${path} by a token ${whose}`)
        assert.equal(((await answer.json()) as { code: string }).code, 'insufficient_scope')
      }

    // Nothing of it was done, and who has signed in does it.
    await admin.post('/oauth/device-codes/look', { userCode })
    await decide(admin, uid, begun.browser, 'allow')
    assert.equal((await admin.get<{ items: unknown[] }>('/me/grants')).items.length, 1)
  })
})
