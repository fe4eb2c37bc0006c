import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decideAppointment, decideDismissal, type AppointmentFacts } from './appointment-rules.ts'

const team: AppointmentFacts = {
  kind: 'team',
  targetRole: undefined,
  isSelf: false,
  isService: false,
  hasOwnerInUse: true,
  hasOtherOwner: true,
}

test('an administrator puts others into a team space, never themselves, and nobody into a personal one', () => {
  assert.equal(decideAppointment(team, 'manager'), undefined)
  assert.match(decideAppointment({ ...team, isSelf: true }, 'viewer') ?? '', /themselves/)
  assert.match(decideAppointment({ ...team, kind: 'personal' }, 'viewer') ?? '', /owner to say/)
})

test('an administrator puts no service into a space, as it acts by tokens that they make, and takes one out', () => {
  assert.match(decideAppointment({ ...team, isService: true }, 'viewer') ?? '', /manage the space/)
  assert.equal(decideDismissal({ ...team, isService: true, targetRole: 'viewer' }), undefined)
})

test('an administrator makes an owner only where no owner can sign in', () => {
  assert.match(decideAppointment(team, 'owner') ?? '', /further owners/)
  assert.equal(decideAppointment({ ...team, hasOwnerInUse: false }, 'owner'), undefined)
})

test('the last owner stays', () => {
  const last: AppointmentFacts = { ...team, targetRole: 'owner', hasOtherOwner: false }
  assert.match(decideDismissal(last) ?? '', /last owner/)
  assert.match(decideAppointment(last, 'editor') ?? '', /last owner/)
  assert.equal(decideDismissal({ ...last, hasOtherOwner: true }), undefined)
  assert.equal(decideDismissal({ ...last, targetRole: 'editor' }), undefined)
})
