import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { planUpload } from './upload-plan.ts'
import { addSample, describeTimeLeft, rateOf, type RateSample } from './upload-rate.ts'

const file = (path: string) => {
  const folder = path.split('/')
  return { folder: folder.slice(0, -1), name: folder.at(-1) ?? '', file: new Blob([path]) }
}

suite('upload plan', () => {
  test('makes each folder once, parents first, empty ones too', () => {
    const plan = planUpload({
      files: [file('photos/2025/a.png'), file('photos/2025/b.png'), file('notes.md')],
      folders: [['photos'], ['photos', '2025'], ['photos', 'empty']],
    })
    assert.deepEqual(
      plan.levels.map((level) => level.map(({ key }) => key)),
      [['photos'], ['photos/2025', 'photos/empty']],
    )
    assert.deepEqual(
      plan.files.map(({ folderKey, file: { name } }) => [folderKey, name]),
      [
        ['photos/2025', 'a.png'],
        ['photos/2025', 'b.png'],
        ['', 'notes.md'],
      ],
    )
  })

  test('finds the folders of files that only carry their path', () => {
    const { levels } = planUpload({ files: [file('a/b/c/d.txt')], folders: [] })
    assert.deepEqual(levels.flat(), [
      { key: 'a', parentKey: '', name: 'a' },
      { key: 'a/b', parentKey: 'a', name: 'b' },
      { key: 'a/b/c', parentKey: 'a/b', name: 'c' },
    ])
  })

  test('keeps names as they are, however they are written', () => {
    const names = ['Ünïcode', 'U\u0308nico\u0308de', ' leading', 'UPPER', 'upper']
    const { levels } = planUpload({ files: [], folders: names.map((name) => [name]) })
    assert.deepEqual(
      levels[0]?.map(({ name }) => name),
      names,
    )
  })
})

suite('upload rate', () => {
  const run = (...points: readonly [number, number][]) =>
    points.reduce<readonly RateSample[]>(
      (samples, [atMs, bytes]) => addSample(samples, { atMs, bytes }),
      [],
    )

  test('is that of the last seconds, and not told too early', () => {
    assert.equal(rateOf(run([0, 0], [500, 1000])), undefined)
    assert.equal(rateOf(run([0, 0], [1000, 1000], [2000, 4000])), 2000)
    assert.equal(rateOf(run([0, 0], [10_000, 1000], [11_000, 2000], [12_000, 3000])), 1000)
  })

  test('begins anew when files were taken off', () => {
    assert.equal(rateOf(run([0, 9000], [1000, 100], [2000, 1100])), 1000)
  })

  test('the time left is said as people say it', () => {
    assert.equal(describeTimeLeft(5000, 1000), '5 s left')
    assert.equal(describeTimeLeft(180_000, 1000), '3 min left')
    assert.equal(describeTimeLeft(7_500_000, 1000), '2 h 5 min left')
    assert.equal(describeTimeLeft(1, 0), undefined)
  })
})
