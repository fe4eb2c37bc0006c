import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { User, UserId } from '@cloudsync/protocol'
import type { NoticeBody } from '#platform/db/notices.ts'
import { RememberedPeople } from './remembered-people.ts'

const ada = '0199c1d2-0000-7000-8000-000000000001' as UserId
const ben = '0199c1d2-0000-7000-8000-000000000002' as UserId

/** Two servers on one table of accounts, with what they ask it. */
function openTwo() {
  const names = new Map([
    [ada, 'Ada'],
    [ben, 'Ben'],
  ])
  const asked: UserId[][] = []
  let beforeAnswer: () => Promise<void> = async () => undefined
  const findUsers = async (ids: readonly UserId[]) => {
    asked.push([...ids])
    const found = ids.flatMap((id): [UserId, User][] => {
      const name = names.get(id)
      return name === undefined ? [] : [[id, { id, name, email: `${name}@x`, color: '#112233' }]]
    })
    await beforeAnswer()
    return new Map(found)
  }
  const heard: ((body: NoticeBody) => void)[] = []
  const missed: (() => void)[] = []
  const open = () => {
    const own = heard.length
    return new RememberedPeople({
      accounts: { findUsers },
      notices: {
        on: (_, listener) => void heard.push(listener),
        onMissed: (listener) => void missed.push(listener),
        send: async (_, body) => {
          for (const [at, listener] of heard.entries()) if (at !== own) listener(body ?? {})
        },
      },
    })
  }
  const nameOf = async (people: RememberedPeople, id: UserId) =>
    (await people.find([id])).get(id)?.name
  return {
    one: open(),
    other: open(),
    names,
    asked,
    nameOf,
    loseNotices: () => missed.forEach((listener) => listener()),
    waitBeforeAnswer: (wait: () => Promise<void>) => void (beforeAnswer = wait),
  }
}

suite('people are remembered', () => {
  test('and only those are asked for who are not yet; nobody is remembered as missing', async () => {
    const { one, asked, names } = openTwo()
    await one.find([ada])
    assert.deepEqual(
      [...(await one.find([ada, ben])).values()].map(({ name }) => name).toSorted(),
      ['Ada', 'Ben'],
    )
    await one.find([ada, ben])
    assert.deepEqual(asked, [[ada], [ben]])
    const carl = '0199c1d2-0000-7000-8000-000000000003' as UserId
    assert.equal((await one.find([carl])).size, 0)
    names.set(carl, 'Carl')
    assert.equal((await one.find([carl])).get(carl)?.name, 'Carl')
  })

  test('until they have another name, here or at another server, or that may have been missed', async () => {
    const { one, other, names, nameOf, loseNotices } = openTwo()
    await Promise.all([one.find([ada]), other.find([ada])])
    names.set(ada, 'Countess')
    one.changed(ada)
    assert.equal(await nameOf(one, ada), 'Countess')
    assert.equal(await nameOf(other, ada), 'Countess')
    names.set(ada, 'Lovelace')
    assert.equal(await nameOf(other, ada), 'Countess')
    loseNotices()
    assert.equal(await nameOf(other, ada), 'Lovelace')
  })

  test('and not as they were read while they changed', async () => {
    const { one, names, nameOf, waitBeforeAnswer } = openTwo()
    const answering = Promise.withResolvers<void>()
    waitBeforeAnswer(() => answering.promise)
    const before = nameOf(one, ada)
    names.set(ada, 'Countess')
    one.changed(ada)
    answering.resolve()
    assert.equal(await before, 'Ada')
    assert.equal(await nameOf(one, ada), 'Countess')
  })
})
