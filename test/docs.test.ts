import { execFile } from 'node:child_process'
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')
const files = globSync('**/*.{md,ts}', {
  cwd: root,
  exclude: (path) => /(^|\/)(node_modules|dist|\.[a-z]+)$/.test(path),
})
const pages = files.filter((path) => path.endsWith('.md')).toSorted()

interface Block {
  readonly page: string
  readonly line: number
  readonly language: string
  readonly text: string
}

const blocks = pages.flatMap(blocksOf)

function blocksOf(page: string): Block[] {
  const text = readFileSync(join(root, page), 'utf8')
  return [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map((match) => ({
    page,
    line: text.slice(0, match.index).split('\n').length,
    language: match[1] ?? '',
    text: match[2] ?? '',
  }))
}

/** A page without its blocks. */
function proseOf(page: string): string {
  return readFileSync(join(root, page), 'utf8').replaceAll(/^```[\s\S]*?^```$/gm, '')
}

/** The headings of a page, as links name them. */
function headingsOf(page: string): string[] {
  return [...proseOf(page).matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

/** Compiles each block as a module of its own, against the package as it is built. */
async function compile(sources: readonly Block[]): Promise<string> {
  const folder = join(root, 'node_modules/.cache/holdfast/docs')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  for (const { page, line, text } of sources) {
    const name = `${page.replaceAll(/[/.]/g, '-')}-line-${line}.ts`
    // A page in a folder of its own imports from where it stands.
    const source = text.replaceAll(
      /from '(\.[^']+)'/g,
      (_match, path: string) => `from '${join(root, dirname(page), path)}'`,
    )
    writeFileSync(join(folder, name), `${source}\nexport {}\n`)
  }
  const compilerOptions = {
    lib: ['es2024', 'esnext.iterator', 'dom'],
    noUnusedLocals: false,
    noUnusedParameters: false,
    rewriteRelativeImportExtensions: false,
    allowImportingTsExtensions: true,
  }
  const config = {
    extends: relative(folder, join(root, 'tsconfig.json')),
    compilerOptions,
    include: ['.'],
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
  return new Promise((resolve) => {
    execFile('tsc', ['-p', folder], { cwd: root }, (_error, stdout) => resolve(stdout))
  })
}

/** The files of tests that a page names anywhere, and what stands in quotes below a column “test”. */
function testsNamedOn(page: string): { readonly files: string[]; readonly names: string[] } {
  const text = readFileSync(join(root, page), 'utf8')
  const files = [...text.matchAll(/`([\w./-]+(?:\.test|-contract)\.ts)`/g)].map(
    ([, file = '']) => file,
  )
  const tables = text.matchAll(/^\|.*\| test \|\n\|[-|]+\|\n((?:\|.*\n)*)/gm)
  const cells = [...tables].flatMap(([, rows = '']) =>
    rows.split('\n').map((row) => row.slice(row.slice(0, -1).lastIndexOf('|'))),
  )
  const names = cells.flatMap((cell) =>
    [...cell.matchAll(/"([^"]+)"/g)].map(([, name = '']) => name),
  )
  return { files: files.filter((file) => !file.startsWith('x.')), names }
}

describe('the documentation', () => {
  it('has TypeScript that compiles', async () => {
    const sources = blocks.filter(({ language }) => language === 'ts')
    expect(sources.length).toBeGreaterThan(5)
    expect(await compile(sources)).toBe('')
  })

  it('has JSON that parses', () => {
    for (const { language, text } of blocks) {
      if (language === 'json') expect(() => JSON.parse(text)).not.toThrow()
    }
  })

  it('names only npm scripts that are there', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    const named = blocks
      .filter(({ language }) => language === 'sh')
      .flatMap(({ text }) => [
        ...text.matchAll(/npm (?:run )?(start|test|check|build|bench|lint|format)\b/g),
      ])
      .map(([, name = '']) => name)
    expect(named).toContain('start')
    for (const name of named) expect(scripts).toHaveProperty(name)
  })

  it('names only tests that are there', () => {
    const suites = files.filter((path) => /(test|-contract)\.ts$/.test(path))
    const text = suites.map((path) => readFileSync(join(root, path), 'utf8')).join('\n')
    const unknown = pages.flatMap((page) => {
      const { files, names } = testsNamedOn(page)
      return [
        ...files.filter(
          (file) => !suites.some((path) => path === file || path.endsWith(`/${file}`)),
        ),
        ...names.filter((name) => !text.includes(name)),
      ].map((name) => `${page}: ${name}`)
    })
    expect(unknown).toEqual([])
  })

  it('links only to files that are there', () => {
    const broken = pages.flatMap((page) => {
      return [...proseOf(page).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)]
        .map(([, target = '']) => target)
        .filter((target) => !existsSync(join(root, dirname(page), target)))
        .map((target) => `${page}: ${target}`)
    })
    expect(broken).toEqual([])
  })

  it('links only to headings that are there', () => {
    const broken = pages.flatMap((page) =>
      [...proseOf(page).matchAll(/\]\((?!https?:)([^)#\s]*)#([^)\s]+)\)/g)]
        .filter(([, target = '', heading = '']) => {
          const path = target ? join(dirname(page), target) : page
          return !headingsOf(path).includes(heading)
        })
        .map(([link]) => `${page}: ${link}`),
    )
    expect(broken).toEqual([])
  })
})
