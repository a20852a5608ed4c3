import { execFile } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sampleFolder } from './desk.ts'

const folder = mkdtempSync(join(tmpdir(), 'holdfast-batch-'))
const out = join(folder, 'fields.csv')

beforeAll(() => {
  mkdirSync(join(folder, 'inbox/older'), { recursive: true })
  copyFileSync(join(sampleFolder, 'invoice.pdf'), join(folder, 'inbox/invoice.pdf'))
  copyFileSync(join(sampleFolder, 'invoice.html'), join(folder, 'inbox/older/invoice.html'))
  writeFileSync(join(folder, 'inbox/broken.pdf'), '%PDF-1.7')
  writeFileSync(join(folder, 'inbox/large.txt'), Buffer.alloc(26 * 1024 * 1024))
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('a folder', () => {
  it('becomes a CSV with a line for each file, whatever is wrong with others', async () => {
    const program = join(import.meta.dirname, '../batch.ts')
    const args = [program, join(folder, 'inbox'), 'invoice', out]
    await promisify(execFile)(process.execPath, args, {
      env: { ...process.env, LOG_LEVEL: 'error' },
    })
    const lines = readFileSync(out, 'utf8').replace('\ufeff', '').trim().split('\r\n')
    expect(lines.map((line) => line.split(',')[0])).toEqual([
      'File',
      'broken.pdf',
      'invoice.pdf',
      'large.txt',
      'older/invoice.html',
    ])
    expect(lines[1]).toContain('The PDF is damaged')
    expect(lines[2]).toContain(',NT-2043,Northwind Traders GmbH,')
    expect(lines[3]).toContain('larger than 25 MB')
    expect(lines[4]).toContain(',2026-117,Pinecone Hosting SAS,')
  })
})
