import { readFile, rename, writeFile } from 'node:fs/promises'

/** What is paused, by article or batch. It is on disk before `add` and `delete` resolve. */
export interface Pauses {
  has(target: string): boolean
  add(target: string): Promise<void>
  delete(target: string): Promise<void>
}

export async function openPauses(file: string): Promise<Pauses> {
  const paused = new Set(await read(file))
  let writing = Promise.resolve()
  // One after the other, and each file whole: a crash leaves the old one or the new one.
  const save = () => {
    const text = JSON.stringify([...paused])
    writing = writing.then(async () => {
      await writeFile(`${file}.new`, text)
      await rename(`${file}.new`, file)
    })
    return writing
  }
  return {
    has: (target) => paused.has(target),
    add(target) {
      paused.add(target)
      return save()
    },
    delete(target) {
      paused.delete(target)
      return save()
    },
  }
}

async function read(file: string): Promise<readonly string[]> {
  try {
    return JSON.parse(await readFile(file, 'utf8'))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}
