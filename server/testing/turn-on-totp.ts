import { Secret, TOTP } from 'otpauth'
import type { TestCaller } from './test-caller.ts'

/** Sets up an authenticator app of somebody who has signed in just now. */
export async function turnOnTotp(person: TestCaller): Promise<void> {
  const { secret } = await person.post<{ secret: string }>('/account/totp')
  const code = new TOTP({ secret: Secret.fromBase32(secret) }).generate()
  await person.put('/account/totp', JSON.stringify({ code }), {
    'content-type': 'application/json',
  })
}

/** Demands two factors of everybody; `admin` has them. */
export async function demandOfEverybody(admin: TestCaller): Promise<void> {
  await admin.put('/admin/second-factor-policy', JSON.stringify({ demandedOf: 'everybody' }), {
    'content-type': 'application/json',
  })
}
