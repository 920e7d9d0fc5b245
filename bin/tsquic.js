#!/usr/bin/env node
import { existsSync } from 'node:fs'

// The published package has no sources; a checkout has no build, or an old one.
const source = new URL('../src/cli/main.ts', import.meta.url)
if (existsSync(source)) (await import('tsx/esm/api')).register()
const { main } = existsSync(source)
  ? await import(source.href)
  : await import('../dist/cli/main.js')

process.exitCode = await main(process.argv.slice(2))
