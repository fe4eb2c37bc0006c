#!/usr/bin/env node
import { keepHeapSmall } from './command/keep-heap-small.ts'
import { startAnewToStay } from './command/start-anew.ts'

startAnewToStay(process)
// Before the rest is loaded, for which alone V8 would take thirty megabytes more and keep them.
keepHeapSmall()
const { runAsProcess } = await import('./command/run-as-process.ts')
await runAsProcess()
