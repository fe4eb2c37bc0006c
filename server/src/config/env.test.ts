import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { parseConfig } from './config.ts'
import { ConfigError, readEnv } from './env.ts'

suite('the settings', () => {
  test('of a quota are bytes, or have a unit', () => {
    const quota = (setting: string) => readEnv({ DEFAULT_SPACE_QUOTA: setting }).DEFAULT_SPACE_QUOTA
    assert.equal(quota(''), undefined)
    assert.equal(quota('500000'), 500_000)
    assert.equal(quota('10GB'), 10e9)
    assert.equal(quota('1.5 tb'), 1.5e12)
    assert.equal(quota('2GiB'), 2 * 1024 ** 3)
    for (const wrong of ['much', '-1', '10 XB', '1e400', '99999999TB', 'GB'])
      assert.throws(() => quota(wrong), ConfigError, wrong)
  })

  test('of origins are written as a browser writes them, and none stands for all', () => {
    const origins = (setting: string) => readEnv({ CORS_ORIGINS: setting }).CORS_ORIGINS
    assert.deepEqual(origins(''), [])
    assert.deepEqual(origins('https://a.example, http://localhost:3000'), [
      'https://a.example',
      'http://localhost:3000',
    ])
    for (const wrong of ['*', 'null', 'a.example', 'https://a.example/', 'https://A.example'])
      assert.throws(() => origins(wrong), ConfigError, wrong)
  })

  test('of retention are three ages that grow, or all', () => {
    const retention = (setting: string) => readEnv({ VERSION_RETENTION: setting }).VERSION_RETENTION
    assert.deepEqual(retention(''), { all: 1, hourly: 7, daily: 30 })
    assert.deepEqual(retention('0.5, 2,90'), { all: 0.5, hourly: 2, daily: 90 })
    assert.equal(retention('all'), 'all')
    for (const wrong of ['1', '1,7', '7,1,30', '1,7,30,90', 'a,b,c', '1,,30', '-1,7,30'])
      assert.throws(() => retention(wrong), ConfigError, wrong)
  })

  test('of mails name one way out, and never the mailbox beside it', () => {
    const mail = (variables: Record<string, string>) => parseConfig(readEnv(variables)).mail
    assert.deepEqual(mail({}), { kind: 'none' })
    assert.deepEqual(mail({ SMTP_URL: 'smtp://mail', PUBLIC_URL: 'https://cs.example.org/' }), {
      kind: 'smtp',
      url: 'smtp://mail',
      from: 'CloudSync <no-reply@cs.example.org>',
    })
    assert.deepEqual(mail({ SENDGRID_API_KEY: 'key', MAIL_FROM: 'Files <files@example.org>' }), {
      kind: 'sendgrid',
      apiKey: 'key',
      from: 'Files <files@example.org>',
    })
    assert.deepEqual(mail({ DEV_MAILBOX: 'true' }), { kind: 'mailbox' })
    for (const wrong of [
      { SMTP_URL: 'smtp://mail', SENDGRID_API_KEY: 'key' },
      { SMTP_URL: 'smtp://mail', DEV_MAILBOX: 'true' },
      { SMTP_URL: 'http://mail' },
      { MAIL_FROM: 'files@example.org, eve@example.org' },
      { MAIL_FROM: 'Files\r\nBcc: eve@example.org <files@example.org>' },
    ])
      assert.throws(() => mail(wrong), ConfigError, JSON.stringify(wrong))
  })

  test('name the providers by which people sign in, each of them trustworthy', () => {
    const provider = { id: 'home', name: 'Home', issuer: 'https://home.example', clientId: 'cs' }
    const read = (...providers: object[]) => readEnv({ OIDC_PROVIDERS: JSON.stringify(providers) })
    assert.equal(read(provider).OIDC_PROVIDERS?.[0]?.accounts, 'invited')
    for (const wrong of [
      [{ ...provider, issuer: 'http://home.example' }],
      [{ ...provider, id: 'Home/' }],
      [{ ...provider, accounts: 'all' }],
      [{ ...provider, secret: 'in the open' }],
      [provider, provider],
    ])
      assert.throws(() => read(...wrong), /OIDC_PROVIDERS/)
    assert.throws(() => readEnv({ OIDC_PROVIDERS: 'home' }), /OIDC_PROVIDERS/)
  })
})
