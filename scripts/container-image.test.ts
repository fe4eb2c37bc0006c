import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { sourceFolders } from './staleness.cjs'

const ROOT = join(import.meta.dirname, '..')
const dockerfile = readFileSync(join(ROOT, 'Dockerfile'), 'utf8')
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  workspaces: string[]
  devDependencies: { node: string }
}

test('the image runs on the Node that npm start runs on', () => {
  assert.match(
    dockerfile,
    new RegExp(`^FROM node:${RegExp.escape(manifest.devDependencies.node)}-`, 'm'),
  )
})

test('the image is installed from the manifests of all workspaces, since the lock names them all', () => {
  for (const workspace of manifest.workspaces) {
    assert.ok(dockerfile.includes(`COPY ${workspace}/package.json ${workspace}/`), workspace)
  }
})

test('the image holds the sources of the server, and builds the web app from all of its own', () => {
  const stages = dockerfile.split(/^FROM /m).slice(1)
  for (const [stage, workspace] of [
    [stages.at(-1), 'server'],
    [stages.find((text) => text.includes('AS web')), 'web'],
  ] as const) {
    for (const folder of sourceFolders(ROOT, workspace)) {
      assert.ok(
        stage?.includes(`\nCOPY ${folder} ${folder}\n`),
        `${folder} in the stage of ${workspace}`,
      )
    }
  }
})
