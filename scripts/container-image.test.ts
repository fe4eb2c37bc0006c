import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { test } from 'node:test'
import { proxyFile } from './cluster/nginx-config.ts'
import { readStartCommand } from './start-command.ts'
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

test('the image starts a server as npm start does', () => {
  const { env, nodeFlags, entry } = readStartCommand(ROOT)
  const command = ['node', ...nodeFlags, entry].map((word) => JSON.stringify(word)).join(', ')
  assert.ok(dockerfile.includes(`\nCMD [${command}]\n`), command)
  for (const [name, value] of Object.entries(env))
    assert.match(dockerfile, new RegExp(`^ +${name}=${value}(?: \\\\)?$`, 'm'))
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

test('the servers of the cluster are reached by nginx alone, which passes requests on as it does elsewhere', () => {
  const compose = readFileSync(join(ROOT, 'docker-compose.cluster.yml'), 'utf8')
  const proxy = relative(ROOT, proxyFile)
  assert.ok(compose.includes(`- ./${proxy}:/etc/nginx/conf.d/proxy.conf:ro`), proxy)
  const port = /^EXPOSE (\d+)$/m.exec(dockerfile)?.[1]
  assert.ok(compose.includes(`server server:${port} resolve`))
  assert.match(compose, /^ {2}server:\n(?: {4}.*\n)*? {4}ports: !reset \[\]\n/m)
  assert.ok(Number(/replicas: (\d+)/.exec(compose)?.[1]) >= 2)
})

test('the cluster changes only services that there are, and adds nginx', () => {
  const [base, cluster] = ['docker-compose.yml', 'docker-compose.cluster.yml'].map(
    (file) => new Set(readFileSync(join(ROOT, file), 'utf8').match(/^ {2}[\w-]+(?=:$)/gm)),
  )
  assert.deepEqual([...(cluster?.difference(base ?? new Set()) ?? [])], ['  nginx'])
})

test('what the configurations of compose say to nginx holds no variable, which compose would replace', () => {
  const compose = readFileSync(join(ROOT, 'docker-compose.cluster.yml'), 'utf8')
  const content = compose.slice(compose.indexOf('content: |'))
  assert.doesNotMatch(content, /\$/)
})
